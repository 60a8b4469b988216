//! Classes that got the same answer become one row

use super::answer::Judged;
use super::objects::{EXAMPLES, ObjectClass, keep_common_prefix};
use super::rows::{JudgedRow, row};

/// Classes with the same answer, put together
#[derive(Default)]
pub(super) struct Merged {
    pub(super) rows: Vec<Group>,
}

pub(super) struct Group {
    judged: Judged,
    prefix: String,
    count: u64,
    examples: Vec<String>,
    members: Vec<String>,
}

impl Merged {
    /// Adds a class; members are kept by their ARNs, whose beginning is that of the bucket
    pub(super) fn add(&mut self, judged: Judged, class: &ObjectClass, arn_prefix: &str) {
        let members = named(&class.members, arn_prefix);
        if let Some(group) = self.rows.iter_mut().find(|group| group.judged.answer == judged.answer) {
            group.count += class.count;
            group.examples.extend(class.examples.iter().cloned());
            group.examples.truncate(EXAMPLES);
            group.members.extend(members);
            keep_common_prefix(&mut group.prefix, &class.prefix);
            return;
        }
        self.rows.push(Group {
            judged,
            prefix: class.prefix.clone(),
            count: class.count,
            examples: class.examples.clone(),
            members,
        });
    }
}

impl Group {
    pub(super) fn into_object_row(self, arn_prefix: &str) -> JudgedRow {
        let resource = if self.count == 1 {
            format!("{arn_prefix}{}", self.examples.first().map_or(&*self.prefix, |key| key))
        } else {
            format!("{arn_prefix}{}*", escaped(&self.prefix))
        };
        let mut judged = row(resource, self.count, self.judged);
        judged.examples = if self.count > 1 { named(&self.examples, arn_prefix) } else { Vec::new() };
        judged.members = self.members;
        judged
    }

    pub(super) fn into_key_row(self, key: &str) -> JudgedRow {
        JudgedRow { objects: self.members, ..row(key.to_owned(), 1, self.judged) }
    }
}

/// Objects by their ARNs
pub(super) fn named(keys: &[String], arn_prefix: &str) -> Vec<String> {
    keys.iter().map(|key| format!("{arn_prefix}{key}")).collect()
}

/// A text in which wildcard characters stand for themselves
fn escaped(text: &str) -> String {
    text.replace('$', "${$}").replace('*', "${*}").replace('?', "${?}")
}
