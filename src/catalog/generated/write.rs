//! A generated operation as a file of the catalog

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::reference;

use super::forms::{Form, may_be_relevant};
use super::{Modelled, WORDS};

const REFERENCE: &str = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html";

/// What the file will hold
#[derive(Default)]
pub(super) struct Draft {
    pub(super) rows: Vec<DraftRow>,
    /// Facts as they are written, by name
    facts: Vec<(String, String)>,
    /// Members that rows are made from
    pub(super) used: BTreeSet<String>,
    /// Why there is no own action
    pub(super) notice: Option<String>,
}

/// One row
pub(super) struct DraftRow {
    pub(super) id: String,
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) for_each: Option<String>,
    pub(super) when: Vec<String>,
    pub(super) is_must: bool,
    /// When a row that is no must is one nevertheless
    pub(super) must_when: Vec<String>,
    pub(super) tags: Option<String>,
    /// Condition keys with their values as they are written
    pub(super) context: Vec<(String, String)>,
    pub(super) because: String,
}

pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

fn request_arn(whole: &[String], form: &str) -> String {
    format!("{{ request_arn = {{ whole = {}, form = {} }} }}", list(whole), quoted(form))
}

impl Draft {
    /// An id that no row has yet
    pub(super) fn unused(&self, id: &str) -> String {
        let taken = |id: &str| self.rows.iter().any(|row| row.id == id);
        let mut number = 1;
        let mut free = id.to_owned();
        while taken(&free) {
            number += 1;
            free = format!("{id}-{number}");
        }
        free
    }

    /// How a row names the resource of a form: by a fact where the request says something of it
    pub(super) fn resource(&mut self, name: &str, form: &Form) -> String {
        if !form.is_named() {
            return form.template.clone();
        }
        self.used.extend(form.members().map(str::to_owned));
        let fact = if let Some(member) = &form.key {
            format!("{{ kms_key = {{ reference = {} }} }}", quoted(member))
        } else {
            let whole: Vec<String> = form.whole.iter().map(|&member| member.to_owned()).collect();
            request_arn(&whole, &form.template)
        };
        let known = self.facts.iter().find(|(_, other)| *other == fact).map(|(name, _)| name.clone());
        let name = known.unwrap_or_else(|| {
            let name = format!("arn_of_{name}");
            self.facts.push((name.clone(), fact));
            name
        });
        format!("{{{name}}}")
    }

    /// How a row names the role of a member: by its ARN, or by its name below some path
    pub(super) fn role(&mut self, name: &str, path: &str) -> String {
        let form = format!("arn:{{partition}}:iam::{{account}}:role/{{?}}{{{path}}}");
        self.facts.push((name.to_owned(), request_arn(&[path.to_owned()], &form)));
        format!("{{{name}}}")
    }
}

impl Modelled<'_> {
    /// The file
    pub(super) fn text(&self, draft: &Draft) -> String {
        let (unmodelled, inert) = self.rest(&draft.used);
        let mut text = String::new();
        let notice = draft.notice.clone().unwrap_or_else(|| {
            format!("{WORDS}: this operation is generated from the names in AWS's API model and reference")
        });
        let _ = write!(
            text,
            "format = 1\norigin = \"generated\"\noperation = {}\nmodel = {}\nschema = {}\nnotice = {}\n\
             unmodelled = {}\ninert = {}\n\
             answer = {{ accepted = 200, denied = 403 }}\n\n\
             [service]\nname = {}\nprincipal = {}\nvia = {}\n\n\
             [status]\nstate = \"active\"\n",
            quoted(&self.name),
            quoted(&format!("{}/{}", self.api.service, self.api.model)),
            quoted(&self.schema_name()),
            quoted(&notice),
            list(&unmodelled),
            list(&inert),
            quoted(self.api.name),
            quoted(&format!("{}.amazonaws.com", self.prefix)),
            quoted(self.prefix),
        );
        if !draft.rows.is_empty() {
            let _ = write!(text, "\n[source]\nreference = {{ kind = \"sar\", url = {} }}\n", quoted(REFERENCE));
        }
        if !draft.facts.is_empty() {
            text.push_str("\n[fact]\n");
        }
        for (name, fact) in &draft.facts {
            let _ = writeln!(text, "{name} = {fact}");
        }
        draft.rows.iter().for_each(|row| row.write(&mut text));
        text
    }

    /// What no row uses: members that look relevant for permissions, and the others
    fn rest(&self, used: &BTreeSet<String>) -> (Vec<String>, Vec<String>) {
        let (mut unmodelled, mut inert) = (Vec::new(), Vec::new());
        for member in self.request.members.iter().filter(|member| !used.contains(member.name)) {
            let inner: Vec<String> = member.relevant.iter().filter(|path| !used.contains(*path)).cloned().collect();
            let whole = may_be_relevant(member) && reference::is_relevant(member.name);
            match (member.relevant.is_empty(), whole) {
                (false, _) => unmodelled.extend(inner),
                (true, true) => unmodelled.push(member.name.to_owned()),
                (true, false) => inert.push(member.name.to_owned()),
            }
        }
        (unmodelled, inert)
    }
}

impl DraftRow {
    fn write(&self, text: &mut String) {
        let _ = write!(
            text,
            "\n[[require]]\nid = {}\naction = {}\nresource = {}\n",
            quoted(&self.id),
            quoted(&self.action),
            quoted(&self.resource)
        );
        if let Some(each) = &self.for_each {
            let _ = writeln!(text, "for_each = {}", quoted(each));
        }
        if !self.when.is_empty() {
            let _ = writeln!(text, "when = {}", list(&self.when));
        }
        if !self.is_must {
            text.push_str("need = \"should\"\n");
        }
        if !self.must_when.is_empty() {
            let _ = writeln!(text, "must_when = {}", list(&self.must_when));
        }
        if let Some(tags) = &self.tags {
            let _ = writeln!(text, "tags = {}", quoted(tags));
        }
        for (key, value) in &self.context {
            let _ = writeln!(text, "context.{} = {value}", quoted(key));
        }
        let _ = write!(text, "confidence = \"low\"\nsrc = [\"reference\"]\nbecause = {}\n", quoted(&self.because));
    }
}
