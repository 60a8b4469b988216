//! How old facts may be

use crate::gate::{AsOf, MaxAge};

use super::*;

#[test]
fn ages_and_moments_in_their_forms() {
    for (text, words) in
        [("7d", "7d"), ("12h", "12h"), ("90m", "1h 30m"), ("2w", "14d"), ("1d 12h", "1d 12h"), ("45 minutes", "45m")]
    {
        assert_eq!(text.parse::<MaxAge>().map(|age| age.to_string()), Ok(words.to_owned()), "{text}");
    }
    for text in ["", "7", "d", "0h", "-7d", "1 month", "1y", "soon", "7d later"] {
        assert!(text.parse::<MaxAge>().is_err(), "{text}");
    }
    for (text, moment) in [
        ("2026-03-31", "2026-03-31T23:59:59Z"),
        ("2026-03-31T09:00:00Z", "2026-03-31T09:00:00Z"),
        ("2026-03-31T09:00:00+02:00", "2026-03-31T07:00:00Z"),
    ] {
        assert_eq!(text.parse::<AsOf>().unwrap().moment().to_string(), moment, "{text}");
    }
    for text in ["2026-02-30", "31.03.2026", "", "2026-03-31T09:00:00", "today"] {
        assert!(text.parse::<AsOf>().is_err(), "{text}");
    }
}

/// When the snapshot was taken (it is 2026-03-31T12:00:00Z), whether it is good for seven days, and the words if not
const AGES: [(Option<&str>, Option<&str>); 8] = [
    (Some("2026-03-31T12:00:00Z"), None),
    (Some("2026-03-24T12:00:00Z"), None),
    (Some("2026-03-31T14:00:00+02:00"), None),
    (Some("2026-03-31T12:04:00Z"), None),
    (Some("2026-03-24T11:59:00Z"), Some("the snapshot is 7d old (2026-03-24T11:59:00Z), and 7d is the most")),
    (Some("2026-03-31T12:06:00Z"), Some("the snapshot was taken at 2026-03-31T12:06:00Z, which is in the future")),
    (None, Some("nobody knows how old the facts are, and they may be 7d old at most")),
    (Some("last week"), Some("`captured_at` of the snapshot is no moment")),
];

#[test]
fn old_and_undated_facts_are_never_ready() {
    let none = Waivers::default();
    for (captured_at, expected) in AGES {
        let with = |max_age: Option<&str>, fail_on| {
            let before = Report { captured_at: captured_at.map(str::to_owned), ..report(vec![create()]) };
            let max_age = max_age.map(|age| age.parse().unwrap());
            gated(&Gate { fail_on, max_age, ..gate(&none) }, before)
        };
        let (ending, judged) = with(Some("7d"), FailOn::Any);
        let words: Vec<&str> = judged.findings.iter().map(|finding| finding.message.as_str()).collect();
        match expected {
            None => assert_eq!((ending, judged.verdict, words.len()), (Ending::Passed, Verdict::Ready, 0)),
            Some(expected) => {
                assert_eq!((ending, judged.verdict), (Ending::Undetermined, Verdict::Undetermined), "{captured_at:?}");
                assert_eq!(judged.findings[0].id, "snapshot-stale");
                assert!(words[0].starts_with(expected), "{words:?}");
                let outcome = judged.gate.unwrap();
                assert_eq!(outcome.failures, ["the facts are too old, or nobody knows how old they are"]);
                assert_eq!(outcome.unwaived, Verdict::Undetermined);
                let (ending, judged) = with(Some("7d"), FailOn::Denied);
                assert_eq!((ending, judged.verdict), (Ending::Passed, Verdict::Undetermined));
                assert!(judged.gate.unwrap().let_pass[0].contains("--fail-on denied lets it pass"));
            }
        }
        assert_eq!(with(None, FailOn::Any).0, Ending::Passed, "nobody asked for an age");
    }
}

#[test]
fn what_is_denied_by_old_facts_stays_blocked() {
    let none = Waivers::default();
    let before = Report { captured_at: None, ..report(vec![create(), grant(Decision::ImplicitDeny)]) };
    let (ending, judged) = gated(&Gate { max_age: Some("1h".parse().unwrap()), ..gate(&none) }, before);
    assert_eq!((ending, judged.verdict), (Ending::Denied, Verdict::Blocked));
}
