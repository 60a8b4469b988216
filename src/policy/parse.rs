//! Reading a policy document: every problem with its place, nothing dropped
//!
//! Rules E10–E28, E50, E60 and E80–E85. What AWS refuses to save but a stored copy could still hold
//! (empty lists, odd action names) is kept and judged by the engine.

use std::sync::Arc;

use crate::iam::ContextKey;
use crate::json::{self, Member, Node, Value};
use crate::source::{Position, Problem, Problems, SourceFile};

use super::{
    ActionElement, Condition, Document, Effect, Listing, Operator, Origin, PolicyType, PrincipalElement,
    PrincipalMember, PrincipalType, ResourceElement, Statement, Text, Version,
};

/// Reads a file that holds one policy document, plain or wrapped by the CLI
///
/// # Errors
/// All problems of the document, each with its place.
pub fn parse(file: &SourceFile, name: &str, policy_type: PolicyType) -> Result<Document, Problems> {
    let node = json::parse(file)?;
    parse_node(file, &node, name, policy_type)
}

/// Reads a document from a JSON value: an object, or a string that holds the object's text
///
/// # Errors
/// All problems of the document, each with its place.
pub fn parse_node(file: &SourceFile, node: &Node, name: &str, policy_type: PolicyType) -> Result<Document, Problems> {
    if node.text().is_some() {
        let inner = json::parse_embedded(file, node)?;
        return parse_object(&file.name, &inner, name, policy_type);
    }
    parse_object(&file.name, node, name, policy_type)
}

/// Reads a document from a JSON object with no file text behind it
///
/// # Errors
/// All problems of the document, each with its place.
pub fn parse_object(file: &Arc<str>, node: &Node, name: &str, policy_type: PolicyType) -> Result<Document, Problems> {
    let mut reader = Reader { file, policy_type, problems: json::duplicate_keys(file, node) };
    let document = reader.document(node, name);
    if reader.problems.is_empty() { Ok(document) } else { Err(Problems(reader.problems)) }
}

struct Reader<'a> {
    file: &'a Arc<str>,
    policy_type: PolicyType,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn report(&mut self, at: Position, message: impl Into<String>) {
        self.problems.push(Problem::at(self.file, at, message));
    }

    fn report_with_help(&mut self, at: Position, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::at(self.file, at, message).with_help(help));
    }

    fn unknown_key(&mut self, member: &Member, known: &[&'static str], place: &str) {
        let near = crate::source::nearest(&member.key, known.iter().copied());
        let help = near
            .map_or_else(|| format!("allowed here: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
        self.report_with_help(member.at, format!("unknown key `{}` in {place}", member.key), help);
    }

    fn document(&mut self, node: &Node, name: &str) -> Document {
        let mut document = Document {
            origin: Origin { file: Arc::clone(self.file), name: name.into() },
            version: Version::V2008,
            id: None,
            statements: Vec::new(),
            text: (self.policy_type == PolicyType::Resource).then(|| node.to_plain().to_string().into()),
        };
        if !matches!(node.value, Value::Object(_)) {
            self.report(node.at, format!("a policy document is a JSON object, this is {}", node.kind()));
            return document;
        }
        for member in node.members() {
            match member.key.as_str() {
                "Version" => document.version = self.version(&member.value),
                "Id" => document.id = self.string(&member.value, "Id").map(str::to_owned),
                "Statement" => document.statements = self.statements(&member.value),
                _ => self.unknown_key(member, &["Version", "Id", "Statement"], "the policy document"),
            }
        }
        if node.member("Statement").is_none() {
            self.report(node.at, "the policy document has no `Statement`");
        }
        document
    }

    fn version(&mut self, node: &Node) -> Version {
        match node.text() {
            Some("2012-10-17") => Version::V2012,
            Some("2008-10-17") => Version::V2008,
            _ => {
                self.report_with_help(
                    node.at,
                    "`Version` must be \"2012-10-17\" or \"2008-10-17\"",
                    "it names the policy language, not your revision of the policy",
                );
                Version::V2008
            }
        }
    }

    fn string<'n>(&mut self, node: &'n Node, element: &str) -> Option<&'n str> {
        if node.text().is_none() {
            self.report(node.at, format!("`{element}` must be a string, this is {}", node.kind()));
        }
        node.text()
    }

    fn statements(&mut self, node: &Node) -> Vec<Statement> {
        match &node.value {
            Value::Object(_) => vec![self.statement(node, 0)],
            Value::Array(nodes) if nodes.is_empty() => {
                self.report(node.at, "`Statement` is empty: a policy needs at least one statement");
                Vec::new()
            }
            Value::Array(nodes) => nodes.iter().enumerate().map(|(index, node)| self.statement(node, index)).collect(),
            _ => {
                self.report(
                    node.at,
                    format!("`Statement` must be an object or an array of objects, this is {}", node.kind()),
                );
                Vec::new()
            }
        }
    }

    fn statement(&mut self, node: &Node, index: usize) -> Statement {
        let mut statement = Statement {
            index,
            sid: None,
            effect: Effect::Deny,
            principal: None,
            action: ActionElement { listing: Listing::Only, patterns: Vec::new() },
            resource: None,
            conditions: Vec::new(),
            at: node.at,
            end: node.end,
        };
        if !matches!(node.value, Value::Object(_)) {
            self.report(node.at, format!("a statement is a JSON object, this is {}", node.kind()));
            return statement;
        }
        for member in node.members() {
            self.statement_member(member, &mut statement);
        }
        self.required(node);
        statement
    }

    fn statement_member(&mut self, member: &Member, statement: &mut Statement) {
        const KEYS: [&str; 9] = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        let value = &member.value;
        let listing = if member.key.starts_with("Not") { Listing::AllBut } else { Listing::Only };
        match member.key.as_str() {
            "Sid" => statement.sid = self.string(value, "Sid").map(Into::into),
            "Effect" => statement.effect = self.effect(value),
            "Principal" | "NotPrincipal" => {
                if !self.policy_type.names_principals() {
                    self.report(
                        member.at,
                        format!("`{}` may not stand in {}", member.key, self.policy_type.with_article()),
                    );
                }
                let members = self.principals(value, &member.key);
                statement.principal = Some(PrincipalElement { listing, members });
            }
            "Action" | "NotAction" => {
                let patterns = self.texts(value, &member.key);
                self.check_actions(&patterns);
                statement.action = ActionElement { listing, patterns };
            }
            "Resource" | "NotResource" => {
                let patterns = self.texts(value, &member.key);
                self.check_resources(&patterns);
                statement.resource = Some(ResourceElement { listing, patterns });
            }
            "Condition" => statement.conditions = self.conditions(value),
            _ => self.unknown_key(member, &KEYS, "a statement"),
        }
    }

    /// What a statement must have, and what excludes each other (rules E14, E25, E90)
    fn required(&mut self, node: &Node) {
        if node.member("Effect").is_none() {
            self.report_with_help(
                node.at,
                "the statement has no `Effect`",
                "add \"Effect\": \"Allow\" or \"Effect\": \"Deny\"",
            );
        }
        for (one, other) in [("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")] {
            if node.member(one).is_some() && node.member(other).is_some() {
                self.report(node.at, format!("the statement has both `{one}` and `{other}`"));
            }
        }
        if node.member("Action").or(node.member("NotAction")).is_none() {
            self.report(node.at, "the statement has neither `Action` nor `NotAction`");
        }
        let resource = node.member("Resource").or(node.member("NotResource"));
        let needed = !matches!(
            self.policy_type,
            PolicyType::Trust | PolicyType::Key | PolicyType::Resource | PolicyType::VpcEndpoint
        );
        if needed && resource.is_none() {
            self.report(
                node.at,
                format!(
                    "the statement has neither `Resource` nor `NotResource`, which {} needs",
                    self.policy_type.with_article()
                ),
            );
        }
        if self.policy_type.names_principals() && node.member("Principal").or(node.member("NotPrincipal")).is_none() {
            self.report(
                node.at,
                format!("the statement has no `Principal`, which {} needs", self.policy_type.with_article()),
            );
        }
    }

    fn effect(&mut self, node: &Node) -> Effect {
        match node.text() {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => {
                self.report(node.at, "`Effect` must be \"Allow\" or \"Deny\", written exactly so");
                Effect::Deny
            }
        }
    }

    /// A string or a list of strings; `null` members never match and are dropped (rules E16, E17)
    fn texts(&mut self, node: &Node, element: &str) -> Vec<Text> {
        let single = std::slice::from_ref(node);
        let nodes = if matches!(node.value, Value::Array(_)) { node.elements() } else { single };
        let mut texts = Vec::with_capacity(nodes.len());
        for node in nodes {
            match &node.value {
                Value::String(text) => texts.push(Text { text: Arc::clone(text), at: node.at }),
                Value::Null => {}
                _ => self.report(node.at, format!("`{element}` takes strings, this is {}", node.kind())),
            }
        }
        texts
    }

    fn check_actions(&mut self, patterns: &[Text]) {
        for pattern in patterns {
            let shaped =
                &*pattern.text == "*" || pattern.text.matches(':').count() == 1 && !pattern.text.starts_with(':');
            if !shaped {
                self.report_with_help(
                    pattern.at,
                    format!("`{}` is not an action", pattern.text),
                    "expected `*` or `service:Name`, for example `s3:GetObject`",
                );
            }
        }
    }

    fn check_resources(&mut self, patterns: &[Text]) {
        for pattern in patterns {
            let text = &*pattern.text;
            let shaped = text == "*" || text.starts_with("arn:") || text.starts_with("${") || text.starts_with('*');
            // Key policies are read leniently: their Resource is `*` or has no effect (rule E321).
            if !shaped && self.policy_type != PolicyType::Key {
                self.report_with_help(
                    pattern.at,
                    format!("`{text}` is not a resource"),
                    "expected `*` or an ARN, for example `arn:aws:s3:::bucket/*`",
                );
            }
        }
    }

    fn principals(&mut self, node: &Node, element: &str) -> Vec<PrincipalMember> {
        match &node.value {
            Value::String(text) if &**text == "*" => {
                vec![PrincipalMember { kind: PrincipalType::Aws, text: "*".into(), at: node.at }]
            }
            Value::Object(members) => members.iter().flat_map(|member| self.principal_members(member)).collect(),
            _ => {
                self.report_with_help(
                    node.at,
                    format!("`{element}` must be \"*\" or an object"),
                    "for example {\"AWS\": \"arn:aws:iam::123456789012:role/name\"}",
                );
                Vec::new()
            }
        }
    }

    fn principal_members(&mut self, member: &Member) -> Vec<PrincipalMember> {
        let kind = match member.key.as_str() {
            "AWS" => PrincipalType::Aws,
            "Service" => PrincipalType::Service,
            "Federated" => PrincipalType::Federated,
            "CanonicalUser" => PrincipalType::CanonicalUser,
            _ => {
                self.unknown_key(member, &["AWS", "Service", "Federated", "CanonicalUser"], "a principal");
                return Vec::new();
            }
        };
        let texts = self.texts(&member.value, &member.key);
        texts.into_iter().map(|Text { text, at }| PrincipalMember { kind, text, at }).collect()
    }

    fn conditions(&mut self, node: &Node) -> Vec<Condition> {
        if !matches!(node.value, Value::Object(_)) {
            self.report(node.at, format!("`Condition` must be an object, this is {}", node.kind()));
        }
        node.members().iter().flat_map(|member| self.operator(member)).collect()
    }

    fn operator(&mut self, member: &Member) -> Vec<Condition> {
        if !matches!(member.value.value, Value::Object(_)) {
            self.report(
                member.value.at,
                format!(
                    "the operator `{}` takes an object of keys and values, this is {}",
                    member.key,
                    member.value.kind()
                ),
            );
            return Vec::new();
        }
        let Some(operator) = Operator::parse(&member.key) else {
            if !member.value.members().is_empty() {
                let near = crate::source::nearest(&member.key, Operator::names());
                let help = near.map_or_else(
                    || "see the list of condition operators in the IAM user guide".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.report_with_help(member.at, format!("unknown condition operator `{}`", member.key), help);
            }
            return Vec::new();
        };
        let mut conditions: Vec<Condition> = Vec::new();
        for entry in member.value.members() {
            let Ok(key) = entry.key.parse::<ContextKey>() else {
                self.report_with_help(
                    entry.at,
                    format!("`{}` is not a condition key", entry.key),
                    "expected a form like `aws:SourceIp`",
                );
                continue;
            };
            if let Some(twin) =
                conditions.iter().find(|known| known.key == key).map(|known| known.key.as_str().to_owned())
                && twin != entry.key
            {
                self.report(
                    entry.at,
                    format!("the condition key `{}` stands twice under `{}` (also as `{twin}`)", entry.key, member.key),
                );
            }
            let values = self.condition_values(&entry.value);
            conditions.push(Condition { operator, key, values, at: entry.at });
        }
        conditions
    }

    fn condition_values(&mut self, node: &Node) -> Vec<Arc<str>> {
        let single = std::slice::from_ref(node);
        let nodes = if matches!(node.value, Value::Array(_)) { node.elements() } else { single };
        let mut values = Vec::with_capacity(nodes.len());
        for node in nodes {
            match &node.value {
                Value::String(text) => values.push(Arc::clone(text)),
                Value::Number(text) => values.push(text.as_str().into()),
                Value::Bool(value) => values.push(if *value { "true" } else { "false" }.into()),
                _ => self.report(
                    node.at,
                    format!("a condition value is a string, number or boolean, this is {}", node.kind()),
                ),
            }
        }
        values
    }
}
