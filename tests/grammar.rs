//! The grammar of policy documents: what is read, and what is refused with which words (rules E10–E28, E80–E90, E188)

use iam_preflight::policy::{PolicyType, parse};
use iam_preflight::source::SourceFile;

/// A statement to which only the tested part is added
const PLAIN: &str = r#""Effect":"Allow","Action":"s3:*","Resource":"*""#;

/// Rules, the type of policy, the document, and words of the refusal; none for what is read
type Row = (&'static str, PolicyType, String, Option<&'static str>);

fn statement(rules: &'static str, members: &str, refusal: Option<&'static str>) -> Row {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{{members}}}]}}"#);
    (rules, PolicyType::Identity, text, refusal)
}

fn document(rules: &'static str, text: &str, refusal: Option<&'static str>) -> Row {
    (rules, PolicyType::Identity, text.replace("PLAIN", PLAIN), refusal)
}

fn of_type(policy_type: PolicyType, row: Row) -> Row {
    (row.0, policy_type, row.2, row.3)
}

fn conditions(rules: &'static str, block: &str, refusal: Option<&'static str>) -> Row {
    statement(rules, &format!(r#"{PLAIN},"Condition":{block}"#), refusal)
}

fn documents() -> Vec<Row> {
    vec![
        document("E10 E11", r#"{"Statement":{PLAIN}}"#, None),
        document("E10", r"[]", Some("a policy document is a JSON object")),
        document("E10", r#"{"Version":"2012-10-17"}"#, Some("no `Statement`")),
        document("E11", r#"{"Statement":[]}"#, Some("`Statement` is empty")),
        document("E12", r#"{"statement":[{PLAIN}]}"#, Some("unknown key `statement`")),
        document("E12", r#"{"Statement":[{PLAIN,"action":"s3:*"}]}"#, Some("unknown key `action`")),
        document("E13", r#"{"Statement":[{PLAIN,"Effect":"Deny"}]}"#, Some("stands twice")),
        document("E20 E22", r#"{"Version":"2008-10-17","Statement":[{PLAIN}]}"#, None),
        document("E20", r#"{"Version":"2026-01-01","Statement":[{PLAIN}]}"#, Some("`Version` must be")),
        document("E23", r#"{"Id":"a-1","Statement":[{PLAIN}]}"#, None),
        document("E24", r#"{"Statement":[{PLAIN,"Sid":"with blanks"},{PLAIN,"Sid":"with blanks"}]}"#, None),
    ]
}

fn statements() -> Vec<Row> {
    vec![
        statement("E14", &format!(r#"{PLAIN},"NotAction":[]"#), Some("both `Action` and `NotAction`")),
        statement("E14", &format!(r#"{PLAIN},"NotResource":"*""#), Some("both `Resource` and `NotResource`")),
        statement("E25", r#""Effect":"allow","Action":"*","Resource":"*""#, Some("`Effect` must be")),
        statement("E25", r#""Action":"*","Resource":"*""#, Some("no `Effect`")),
        statement("E90", r#""Effect":"Allow","Action":"*""#, Some("neither `Resource` nor `NotResource`")),
        statement("E90", &format!(r#"{PLAIN},"Principal":"*""#), Some("may not stand in")),
        of_type(PolicyType::Resource, statement("E90", PLAIN, Some("no `Principal`"))),
        of_type(PolicyType::Resource, statement("E28", &format!(r#"{PLAIN},"Principal":"*""#), None)),
        of_type(PolicyType::Resource, statement("E28", &format!(r#"{PLAIN},"Principal":"all""#), Some("must be"))),
        of_type(
            PolicyType::Resource,
            statement("E28", &format!(r#"{PLAIN},"Principal":{{"Aws":"*"}}"#), Some("unknown key `Aws`")),
        ),
        of_type(
            PolicyType::Trust,
            statement("E90", r#""Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}"#, None),
        ),
    ]
}

fn condition_blocks() -> Vec<Row> {
    vec![
        conditions("E80", r#""x""#, Some("`Condition` must be an object")),
        conditions("E81", r#"{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":["a"]}}"#, None),
        conditions("E81 E188", r#"{"StringMatches":{"aws:username":"a"}}"#, Some("unknown condition operator")),
        conditions("E81", r#"{"NullIfExists":{"aws:username":"true"}}"#, Some("unknown condition operator")),
        conditions("E83", r#"{"StringEquals":{"aws:username":"a","AWS:UserName":"b"}}"#, Some("stands twice")),
    ]
}

#[test]
fn documents_are_read_or_refused_as_the_grammar_says() {
    let rows: Vec<Row> = documents().into_iter().chain(statements()).chain(condition_blocks()).collect();
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(rules, policy_type, text, refusal)| {
            let read = parse::parse(&SourceFile::new("policy.json", text.as_str()), "policy", *policy_type);
            let as_said = match (&read, refusal) {
                (Ok(_), None) => true,
                (Err(problems), Some(words)) => problems.to_string().contains(words),
                _ => false,
            };
            let outcome = read.err().map_or_else(|| "read".to_owned(), |problems| problems.to_string());
            (!as_said).then(|| format!("{rules}: {text}\n  {outcome}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
