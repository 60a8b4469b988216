//! Resources that the request names by an ARN, or by parts of one

use crate::catalog::{Environment, Part, Template};
use crate::facts::Fact;
use crate::iam::Resource;
use crate::iam::wildcard::{matches, tokenize};

use super::Target;
use super::basis::Basis;
use super::scope::Scope;
use super::template::{Rendering, environment_word};

impl<'a> Scope<'a> {
    /// The first of these members that holds an ARN
    pub(super) fn whole_arn(self, whole: &'a [String]) -> Fact<String> {
        let held = whole.iter().filter_map(|path| self.member(path).known().cloned());
        held.into_iter().find(|text| text.starts_with("arn:")).map_or(Fact::Absent, Fact::Known)
    }

    /// The ARN that the request holds, if it is one of this form; else the form with what the request says of it
    ///
    /// Nothing is taken for a name that is not plainly one, so the resource is never another than the one meant: it
    /// may be a set that has it.
    pub(super) fn request_arn(self, whole: &'a [String], form: &'a Template, basis: &mut Basis) -> Target {
        let named = form.parts().iter().filter_map(|part| match part {
            Part::Named { name, .. } => self.member(name).known().cloned(),
            _ => None,
        });
        let held = self.whole_arn(whole).known().cloned().or_else(|| named.into_iter().find(|text| is_arn(text)));
        if let Some(arn) = held.filter(|arn| fits(arn, form)).and_then(|arn| arn.parse().ok()) {
            return Target::Resource(Resource::One(arn));
        }
        let mut text = Rendering::default();
        let parts = form.parts();
        let mut at = 0;
        while let Some(part) = parts.get(at) {
            at += 1;
            match part {
                Part::Text(fixed) => text.push(fixed),
                Part::Environment(which) => self.push_environment(*which, &mut text, basis),
                Part::Open(_) => text.push_open(),
                Part::Named { name, .. } => match self.member(name).known() {
                    // `family:3` where a form ends in two parts of which the second is open.
                    Some(value) if is_pair(value, parts.get(at..).unwrap_or_default()) => {
                        text.push(value);
                        break;
                    }
                    Some(value) if is_plain(value) || is_object_key(form, at) && !is_arn(value) => text.push(value),
                    _ => text.push_open(),
                },
            }
        }
        text.finish(form, basis)
    }

    fn push_environment(self, which: Environment, text: &mut Rendering, basis: &mut Basis) {
        match basis.known(self.environment(which)) {
            Some(value) => text.push(&value),
            None => text.push_unnamed(environment_word(which)),
        }
    }
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

/// A name: nothing in it could be a part of an ARN, a wildcard or a reference to something else
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.+=@,".contains(letter))
}

/// Keys of objects have any characters, and nothing follows them
fn is_object_key(form: &Template, next: usize) -> bool {
    next == form.parts().len()
        && form.parts().iter().any(|part| matches!(part, Part::Text(text) if text.starts_with(":s3:::")))
        && form.parts().iter().filter(|part| matches!(part, Part::Named { .. })).count() == 2
}

fn is_pair(value: &str, rest: &[Part]) -> bool {
    let [Part::Text(separator), Part::Open(None)] = rest else { return false };
    value.split_once(separator.as_str()).is_some_and(|(one, other)| is_plain(one) && is_plain(other))
}

/// Whether an ARN has the form, whatever stands in the place of its parts
fn fits(arn: &str, form: &Template) -> bool {
    matches(&tokenize(&form.pattern(), false), arn)
}
