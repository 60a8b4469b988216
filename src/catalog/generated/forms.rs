//! ARNs of resource types in terms of request members
//!
//! A member stands for a variable only where its name is the same, or evidently so; everything else stays open. Where
//! the same name would mean something else, `policies/reference/operations.toml` says what.

use crate::reference::{ApiOperation, ArnTemplate, Member, MemberKind, ResourceType, words};

use super::exceptions::exceptions;

/// Variables that every service uses for ids of its own making
const GENERIC: [&str; 6] = ["resourceid", "id", "identifier", "resourcepath", "resource", "uuid"];
/// Members that hold the ARN of whatever the request is about
const ANY_ARN: [&str; 2] = ["resourcearn", "arn"];

/// Who names resources by the members of one request
pub(super) struct Namer<'n> {
    pub(super) prefix: &'n str,
    pub(super) request: &'n ApiOperation,
}

/// The ARN of a type in terms of request members
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// The template
    pub(super) template: String,
    /// Members that may hold the whole ARN
    pub(super) whole: Vec<&'static str>,
    /// Members that stand in the template
    pub(super) named: Vec<String>,
    /// The member that names a KMS key
    pub(super) key: Option<String>,
}

impl Form {
    /// Whether anything of the request says which resource it is
    pub(super) fn is_named(&self) -> bool {
        !self.whole.is_empty() || !self.named.is_empty() || self.key.is_some()
    }

    /// The members that it is made from
    pub(super) fn members(&self) -> impl Iterator<Item = &str> {
        self.whole.iter().copied().chain(self.named.iter().map(String::as_str)).chain(self.key.as_deref())
    }
}

/// A name in lower case, its letters and digits alone
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

impl Namer<'_> {
    fn texts(&self) -> impl Iterator<Item = &Member> {
        self.request.members.iter().filter(|member| member.is_text())
    }

    fn text(&self, name: &str) -> Option<&Member> {
        self.texts().find(|member| member.name.eq_ignore_ascii_case(name))
    }

    /// The form of a type's ARNs
    pub(super) fn form(&self, of: &ResourceType) -> Form {
        let typed = format!("{}:{}", self.prefix, of.name);
        let key = exceptions().key.get(&typed).and_then(|member| self.text(member));
        let forms = exceptions().form.get(&typed);
        let (template, named) = match (forms, of.arns.as_slice()) {
            (Some(forms), _) => {
                forms.iter().map(|form| self.known(form)).max_by_key(|form| form.1.len()).unwrap_or_default()
            }
            (None, [arn]) => self.matched(of, *arn),
            (None, several) => (broad(several.iter().copied()), Vec::new()),
        };
        let whole = self.texts().filter(|member| plain(member.name) == format!("{}arn", plain(of.name)));
        let whole = whole.map(|member| member.name).collect();
        Form { template, whole, named, key: key.map(|member| member.name.to_owned()) }
    }

    /// The member with the ARN of the request's subject, whatever its type
    pub(super) fn any_arn(&self) -> Option<&'static str> {
        let other = exceptions().subject.get(self.prefix);
        let listed = |member: &&Member| other.is_some_and(|names| names.iter().any(|name| name == member.name));
        let by_name = self.texts().find(|member| ANY_ARN.contains(&plain(member.name).as_str()));
        by_name.or_else(|| self.texts().find(listed)).map(|member| member.name)
    }

    /// A template of the table, with members that the request does not have left open; and the others
    pub(super) fn known(&self, template: &str) -> (String, Vec<String>) {
        let mut named = Vec::new();
        let filled = filled(template, "{", |name, _| match name {
            "partition" | "region" | "account" | "?" => format!("{{{name}}}"),
            _ => match self.text(name) {
                Some(member) => {
                    named.push(member.name.to_owned());
                    format!("{{{}}}", member.name)
                }
                None => "{?}".to_owned(),
            },
        });
        (filled, named)
    }

    /// AWS's form of an ARN with its variables matched to members
    fn matched(&self, of: &ResourceType, arn: ArnTemplate) -> (String, Vec<String>) {
        let mut named = Vec::new();
        let own = arn.variables().find(|name| environment(name).is_none());
        let filled = filled(arn.text(), "${", |name, is_account| {
            if let Some(word) = environment(name) {
                return word.to_owned();
            }
            if is_account && name == "AccountId" {
                return "{account}".to_owned();
            }
            match self.member_for(name, of.name, own == Some(name)) {
                Some(member) => {
                    named.push(member.name.to_owned());
                    format!("{{{}}}", member.name)
                }
                None => "{?}".to_owned(),
            }
        });
        (filled, named)
    }

    /// The member that evidently holds a variable of a type's ARN
    fn member_for(&self, variable: &str, of: &str, is_first: bool) -> Option<&Member> {
        let (folded, of) = (plain(variable), plain(of));
        if GENERIC.contains(&folded.as_str()) {
            return None;
        }
        let same = self.texts().find(|member| plain(member.name) == folded);
        // `Name` of CreateJob is the JobName of a job.
        let by_name = || {
            let about = plain(self.request.name).ends_with(&of) && folded == format!("{of}name");
            self.text("Name").filter(|_| about)
        };
        // `taskDefinition` names a task-definition by what its ARN ends in.
        let by_type = || self.texts().find(|member| is_first && plain(member.name) == of);
        same.or_else(by_name).or_else(by_type)
    }
}

fn environment(variable: &str) -> Option<&'static str> {
    match variable {
        "Partition" => Some("{partition}"),
        "Region" => Some("{region}"),
        "Account" => Some("{account}"),
        _ => None,
    }
}

/// A template with every variable replaced; the replacement is told whether it stands in the place of the account
fn filled(template: &str, opening: &str, mut replace: impl FnMut(&str, bool) -> String) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once(opening) {
        text.push_str(&before.replace('*', "{?}"));
        let Some((name, beyond)) = after.split_once('}') else { break };
        let is_account = text.matches(':').count() == 4;
        text.push_str(&replace(name, is_account));
        rest = beyond;
    }
    text.push_str(&rest.replace('*', "{?}"));
    text
}

/// A template that every ARN of these forms fits
pub(super) fn broad(arns: impl Iterator<Item = ArnTemplate>) -> String {
    let mut common: Option<Vec<String>> = None;
    for arn in arns {
        let open = filled(arn.text(), "${", |name, _| environment(name).unwrap_or("{?}").to_owned());
        let parts: Vec<String> = open.splitn(6, ':').map(str::to_owned).collect();
        common = Some(match common {
            None => parts,
            Some(known) => known
                .into_iter()
                .zip(parts)
                .map(|(one, other)| if one == other { one } else { "{?}".to_owned() })
                .collect(),
        });
    }
    common.map_or_else(|| "*".to_owned(), |parts| parts.join(":"))
}

/// Whether the last words of a member's name say that it is a role
pub(super) fn is_role(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    let words = words(name.trim_end_matches("[]"));
    let last: Vec<&str> = words.iter().rev().map(|word| word.strip_suffix('s').unwrap_or(word)).collect();
    matches!(last.as_slice(), ["role", ..] | ["arn", "role", ..])
}

/// Whether a member holds one value that a condition could compare
pub(super) fn is_scalar(member: &Member) -> bool {
    matches!(member.kind, MemberKind::Text | MemberKind::Word | MemberKind::Number | MemberKind::Boolean)
}

/// Whether a member is looked at as a whole: it may need a permission, and nothing inside of it was told
pub(super) fn may_be_relevant(member: &Member) -> bool {
    !matches!(
        member.kind,
        MemberKind::Word | MemberKind::Number | MemberKind::Boolean | MemberKind::Time | MemberKind::Tags
    )
}
