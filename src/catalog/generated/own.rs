//! The operation's own action, on the resources that the reference lists for it

use std::collections::BTreeSet;

use crate::iam::Action;
use crate::reference::{self, Key, KeyType, ListedAction, ResourceUse};

use super::Modelled;
use super::exceptions::exceptions;
use super::forms::{Form, Namer, broad, plain};
use super::rows::tags;
use super::write::{Draft, DraftRow, quoted};

/// One way in which an operation is authorized
pub(super) struct Variant {
    pub(super) action: Action,
    when: Option<String>,
    form: Option<String>,
    id: String,
}

/// The actions of an operation: that of its name, unless the table knows others
pub(super) fn variants(of: &Modelled<'_>) -> Vec<Variant> {
    let named = format!("{}:{}", of.prefix, of.request.name);
    let mut variants = Vec::new();
    match exceptions().action.get(&named) {
        None => variants.extend(of.action().map(|action| (action, None))),
        Some(others) => {
            variants.extend(others.iter().filter_map(|other| Some((other.action.parse().ok()?, other.when.clone()))));
        }
    }
    let plain = |(action, when)| Variant { action, when, form: None, id: "own".to_owned() };
    variants.into_iter().map(plain).flat_map(|variant| qualified(of, variant)).collect()
}

/// The same twice where a member, if it is there, makes another resource of the one that is named
fn qualified(of: &Modelled<'_>, variant: Variant) -> Vec<Variant> {
    let only = reference::action(&variant.action).map(ListedAction::resources);
    let table = match only {
        Some([only]) => exceptions().qualified.get(&format!("{}:{}", of.prefix, only.resource.name)),
        _ => None,
    };
    match table.filter(|table| variant.when.is_none() && of.request.member(&table.member).is_some()) {
        None => vec![variant],
        Some(table) => vec![
            Variant {
                when: Some(format!("!{}", table.member)),
                action: variant.action.clone(),
                form: None,
                id: "own".to_owned(),
            },
            Variant { when: Some(table.member.clone()), form: Some(table.form.clone()), ..variant },
        ],
    }
}

/// A resource of the own action
struct Subject<'u> {
    id: String,
    form: Form,
    used: Option<&'u ResourceUse>,
    when: Vec<String>,
    is_must: bool,
    must_when: Vec<String>,
}

impl<'u> Subject<'u> {
    fn must(form: Form, used: Option<&'u ResourceUse>) -> Self {
        Self { id: String::new(), form, used, when: Vec::new(), is_must: true, must_when: Vec::new() }
    }

    fn should(form: Form, used: Option<&'u ResourceUse>, when: Vec<String>) -> Self {
        let id = used.map_or_else(|| "all".to_owned(), |used| used.resource.name.to_lowercase());
        Self { id: format!("-{id}"), is_must: false, when, ..Self::must(form, used) }
    }
}

fn open(template: String) -> Form {
    Form { template, whole: Vec::new(), named: Vec::new(), key: None }
}

/// Adds the rows of the own action
pub(super) fn rows(
    of: &Modelled<'_>,
    (variant, listed): (&Variant, &ListedAction),
    namer: &Namer<'_>,
    draft: &mut Draft,
) {
    let subjects = match &variant.form {
        Some(form) => {
            let (template, members) = namer.known(form);
            vec![Subject::must(Form { template, whole: Vec::new(), named: members, key: None }, None)]
        }
        None => subjects(of, listed, namer),
    };
    let because = format!("{} is authorized by the action {}", of.name, variant.action);
    for subject in subjects {
        let id = draft.unused(&format!("{}{}", variant.id, subject.id));
        let fact =
            format!("{id}{}", subject.used.map_or_else(String::new, |used| format!("_{}", plain(used.resource.name))));
        let resource = draft.resource(&fact, &subject.form);
        let mut context = keys(of, listed, subject.used);
        let tags = tags(of, listed, &mut context, draft);
        draft.rows.push(DraftRow {
            id,
            action: variant.action.to_string(),
            resource,
            for_each: None,
            when: variant.when.iter().cloned().chain(subject.when).collect(),
            is_must: subject.is_must,
            must_when: subject.must_when,
            tags,
            context,
            because: because.clone(),
        });
    }
}

/// The types in question: those preferred, where the action has one of them
fn uses<'l>(of: &Modelled<'_>, listed: &'l ListedAction) -> Vec<&'l ResourceUse> {
    let preferred = exceptions().preferred.get(of.prefix);
    let wanted =
        |used: &&ResourceUse| preferred.is_some_and(|names| names.iter().any(|name| name == used.resource.name));
    let some: Vec<&ResourceUse> = listed.resources().iter().filter(wanted).collect();
    if some.is_empty() { listed.resources().iter().collect() } else { some }
}

fn subjects<'l>(of: &Modelled<'_>, listed: &'l ListedAction, namer: &Namer<'_>) -> Vec<Subject<'l>> {
    let uses = uses(of, listed);
    let form = |used: &ResourceUse| namer.form(&used.resource);
    match uses.as_slice() {
        [] => vec![Subject::must(open("*".to_owned()), None)],
        [only] => {
            let mut form = form(only);
            form.whole.extend(namer.any_arn().filter(|_| form.whole.is_empty()));
            let mut subjects = vec![Subject::must(form.clone(), Some(only))];
            // Without a resource an action that can do without one is authorized against `*`.
            if listed.resources().iter().all(|used| !used.required) && listed.resources().len() == 1 {
                let absent = form.members().map(|member| format!("!{member}")).collect();
                subjects.push(Subject::should(open("*".to_owned()), None, absent));
            }
            subjects
        }
        several => {
            let every = broad(several.iter().flat_map(|used| used.resource.arns.iter().copied()));
            if let Some(member) = namer.any_arn() {
                return vec![Subject::must(Form { whole: vec![member], ..open(every) }, None)];
            }
            of_several(of, several, (&form, every))
        }
    }
}

/// Which of several types the action is about; where nothing says so, all that is certain is that it is about one of them
fn of_several<'l>(
    of: &Modelled<'_>,
    uses: &[&'l ResourceUse],
    (form, every): (&dyn Fn(&ResourceUse) -> Form, String),
) -> Vec<Subject<'l>> {
    let (required, optional): (Vec<&ResourceUse>, Vec<&ResourceUse>) =
        uses.iter().copied().partition(|used| used.required);
    let forms: Vec<Form> = required.iter().map(|used| form(used)).collect();
    let taken: BTreeSet<String> = forms.iter().flat_map(Form::members).map(str::to_owned).collect();
    let all = exceptions().every_type.operations.contains(&of.name);
    let distinct = forms.iter().all(Form::is_named)
        && forms.iter().map(|form| form.members().count()).sum::<usize>() == taken.len();
    let mut subjects = Vec::new();
    let certain = !required.is_empty() && (all || required.len() == 1 || distinct);
    if certain {
        subjects.extend(required.iter().zip(&forms).map(|(used, form)| Subject::must(form.clone(), Some(used))));
    } else {
        subjects.push(Subject::must(open(every), None));
        let named = required.iter().zip(&forms).filter(|(_, form)| form.is_named());
        subjects.extend(
            named.map(|(used, form)| Subject::should(form.clone(), Some(used), present(form, &BTreeSet::new()))),
        );
    }
    let mut instead = Vec::new();
    for used in optional {
        let form = form(used);
        let own = present(&form, &taken);
        if own.is_empty() {
            continue;
        }
        instead.extend(own.iter().map(|member| format!("!{member}")));
        subjects.push(Subject { is_must: all, ..Subject::should(form, Some(used), own) });
    }
    if certain && !all && !instead.is_empty() {
        // A resource of an optional type may stand in the place of the others.
        for subject in subjects.iter_mut().filter(|subject| subject.is_must) {
            (subject.is_must, subject.must_when) = (false, instead.clone());
        }
    }
    if let [first, ..] = subjects.as_mut_slice() {
        first.id = String::new();
    }
    number(&mut subjects);
    subjects
}

/// Tests that the members of a form are there, those aside that name other resources too
fn present(form: &Form, taken: &BTreeSet<String>) -> Vec<String> {
    form.members().filter(|member| !taken.contains(*member)).map(str::to_owned).collect()
}

/// Ids that say the type, from the second row on
fn number(subjects: &mut [Subject<'_>]) {
    for subject in subjects.iter_mut().skip(1).filter(|subject| subject.id.is_empty()) {
        subject.id = subject.used.map_or_else(String::new, |used| format!("-{}", used.resource.name.to_lowercase()));
    }
}

/// Condition keys of the name of a member: its value, and unknown without one, for the service may have a default
fn keys(of: &Modelled<'_>, listed: &ListedAction, used: Option<&ResourceUse>) -> Vec<(String, String)> {
    let of_type = used.into_iter().flat_map(|used| used.keys.iter().chain(&used.resource.keys));
    let mut found: Vec<(String, String)> = Vec::new();
    for key in listed.keys().iter().chain(of_type) {
        let Some((prefix, name)) = key.name.split_once(':') else { continue };
        let member = of.request.members.iter().find(|member| member.name.eq_ignore_ascii_case(name));
        let Some(member) = member.filter(|_| prefix != "aws" && says(key)) else { continue };
        if super::forms::is_scalar(member) && !found.iter().any(|(known, _)| known == key.name) {
            let why = quoted("the service may choose a value of its own");
            found.push((key.name.to_owned(), format!("{{ from = {}, unknown = {why} }}", quoted(member.name))));
        }
    }
    found
}

/// Whether a member of the key's name holds the key's value: an ARN may be written as a name in the request
fn says(key: &Key) -> bool {
    key.kind != KeyType::Arn && !key.multivalued && !key.is_deprecated()
}
