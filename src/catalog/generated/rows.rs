//! What comes with the own action: tags, and roles that look passed

use crate::reference::{AccessLevel, ListedAction, MemberKind};

use super::Modelled;
use super::exceptions::exceptions;
use super::forms::{Namer, broad, is_role, plain};
use super::write::{Draft, DraftRow, quoted};

/// The member with the request's tags
fn tag_member(of: &Modelled<'_>) -> Option<&'static str> {
    of.request.members.iter().find(|member| member.kind == MemberKind::Tags).map(|member| member.name)
}

/// The tags of a call whose action carries them; where nobody knows which member they stand in, they are not known
pub(super) fn tags(
    of: &Modelled<'_>,
    listed: &ListedAction,
    context: &mut Vec<(String, String)>,
    draft: &mut Draft,
) -> Option<String> {
    let keys = [("aws:RequestTag/", "aws:RequestTag/x"), ("aws:TagKeys", "aws:TagKeys")];
    let carried: Vec<&str> = keys.into_iter().filter(|(_, one)| listed.carries(one)).map(|(key, _)| key).collect();
    let member = tag_member(of);
    if let Some(member) = member.filter(|_| carried.contains(&"aws:TagKeys")) {
        draft.used.insert(member.to_owned());
        return Some(member.to_owned());
    }
    let why = quoted("nothing says which member of the request holds tags");
    for key in carried {
        context.push((key.to_owned(), format!("{{ unknown = {why} }}")));
    }
    None
}

/// Adds the row of the action that tags what the request creates
pub(super) fn tagging(of: &Modelled<'_>, (own, namer): (&ListedAction, &Namer<'_>), draft: &mut Draft) {
    let Some(member) = tag_member(of).filter(|_| own.level() != AccessLevel::Tagging) else { return };
    let name = plain(of.request.name);
    let types: Vec<&str> = own.resources().iter().map(|used| used.resource.name).collect();
    let takes = |listed: &ListedAction| {
        listed.resources().is_empty() || listed.resources().iter().any(|used| types.contains(&used.resource.name))
    };
    let is_tagging = |listed: &&ListedAction| {
        let name = listed.name.to_ascii_lowercase();
        ["tag", "addtags", "createtags"].iter().any(|start| name.starts_with(start))
            && listed.level() == AccessLevel::Tagging
    };
    let mut candidates: Vec<&ListedAction> = of.actions().filter(is_tagging).filter(|listed| takes(listed)).collect();
    // Those that take a resource before those that take none, TagResource before TagRole before the others.
    let rank = |listed: &&ListedAction| {
        let of_type = types.iter().any(|name| plain(listed.name) == format!("tag{}", plain(name)));
        (listed.resources().is_empty(), !listed.name.eq_ignore_ascii_case("TagResource"), !of_type, listed.name)
    };
    candidates.sort_by_key(rank);
    let Some(listed) = candidates.first() else { return };
    // What is tagged is what the operation is named after: RunTask tags a task.
    let subjects = listed.resources().iter().filter(|used| name.ends_with(&plain(used.resource.name)));
    let resource = match subjects.max_by_key(|used| used.resource.name.len()) {
        Some(used) => draft.resource("tagged", &namer.form(&used.resource)),
        None => broad(listed.resources().iter().flat_map(|used| used.resource.arns.iter().copied())),
    };
    let mut context = Vec::new();
    let tags = tags(of, listed, &mut context, draft);
    draft.used.insert(member.to_owned());
    draft.rows.push(DraftRow {
        id: "tag".to_owned(),
        action: format!("{}:{}", of.prefix, listed.name),
        resource,
        for_each: None,
        when: vec![member.to_owned()],
        is_must: false,
        must_when: Vec::new(),
        tags,
        context,
        because: format!("tags in a request may need the action that tags: no page was read for {}", of.name),
    });
}

/// Adds `iam:PassRole` for each member that names a role, where the operation changes something
pub(super) fn roles(of: &Modelled<'_>, draft: &mut Draft) {
    let reads = of.action().and_then(|action| crate::reference::action(&action)).map(ListedAction::level);
    if exceptions().no_pass.prefixes.iter().any(|prefix| prefix == of.prefix)
        || matches!(reads, Some(AccessLevel::Read | AccessLevel::List))
    {
        return;
    }
    let top = of.request.members.iter().filter(|member| member.is_text()).map(|member| member.name.to_owned());
    let below = of.request.members.iter().flat_map(|member| member.relevant.iter().cloned());
    let paths: Vec<String> = top.chain(below).filter(|path| is_role(path) && !draft.used.contains(path)).collect();
    let service = exceptions().pass.get(&of.name);
    for (index, path) in paths.into_iter().enumerate() {
        let id = if index == 0 { "pass-role".to_owned() } else { format!("pass-role-{}", index + 1) };
        let listed = path.contains("[]");
        let resource = if listed { "{role}".to_owned() } else { draft.role(&format!("role_{}", index + 1), &path) };
        let to = service.map_or_else(
            || format!("{{ unknown = {} }}", quoted("no page was read that says to which service the role is passed")),
            |service| quoted(service),
        );
        draft.used.insert(path.clone());
        draft.rows.push(DraftRow {
            id,
            action: "iam:PassRole".to_owned(),
            resource,
            for_each: listed.then(|| format!("role in {path}")),
            when: if listed { Vec::new() } else { vec![path.clone()] },
            is_must: service.is_some(),
            must_when: Vec::new(),
            tags: None,
            context: vec![("iam:PassedToService".to_owned(), to)],
            because: match service {
                Some(service) => format!("the role of `{path}` is passed to {service}"),
                None => format!("the role of `{path}` looks passed to the service"),
            },
        });
    }
}
