use super::*;

/// One command as the runner reads it: the kind, the properties, the message
fn command(line: &str) -> (String, Vec<(String, String)>, String) {
    let rest = line.strip_prefix("::").unwrap_or_else(|| panic!("no command: {line}"));
    let (head, message) = rest.split_once("::").unwrap();
    let (kind, properties) = head.split_once(' ').unwrap();
    let decoded = |text: &str| {
        text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    };
    let properties = properties.split(',').map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), decoded(value))
    });
    let message = message.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    (kind.to_owned(), properties.collect(), message)
}

#[track_caller]
pub(super) fn reads_back(report: &Report) {
    let shown = shown(report, Format::Github);
    let issues = issue::issues(report);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), issues.len().min(10) + 1 + usize::from(issues.len() > 10), "{shown}");
    for (line, issue) in lines.iter().zip(&issues) {
        let (kind, properties, message) = command(line);
        assert!(["error", "warning", "notice"].contains(&kind.as_str()), "{line}");
        assert_eq!(message, visible(&issue.message()));
        let names: Vec<&str> = properties.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["file", "line", "col", "title"]);
        assert_eq!(properties[3].1, visible(&format!("{}: {}", issue.rule(), issue.title())));
    }
}

#[test]
fn hostile_text_neither_ends_nor_begins_a_command() {
    reads_back(&hostile(HOSTILE));
}

#[test]
fn ten_are_shown_the_denied_first_and_the_rest_is_counted() {
    let shown = shown(&long(57), Format::Github);
    let kinds: Vec<String> = shown.lines().map(|line| command(line).0).collect();
    assert_eq!(kinds[..6], ["error"; 6]);
    assert_eq!(kinds[6..10], ["warning"; 4]);
    assert_eq!(kinds[10..], ["notice"; 2]);
    assert!(shown.lines().nth(10).unwrap().contains("47 further problems not shown here"), "{shown}");
}

#[test]
fn annotations_point_at_the_statement_or_at_the_request() {
    insta::assert_snapshot!(shown(&blocked(), Format::Github));
    assert_eq!(
        shown(&ready(), Format::Github).lines().last().unwrap(),
        "::notice title=iam-preflight%3A ready::5 needed: 5 allowed, 0 denied, 0 undetermined, 0 waived; \
         lookoutvision:CreateModel as arn:aws:iam::123456789012:role/ml/Trainer"
    );
}
