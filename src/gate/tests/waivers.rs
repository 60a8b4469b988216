//! What a waiver names, what it does, and what is found about it

use Decision::{Allowed, ExplicitDeny, ImplicitDeny, Undetermined};

use super::*;

#[test]
fn a_waiver_takes_a_row_out_of_the_count_and_changes_no_decision() {
    let all = waivers(&waiver("id = \"key-grant\""));
    let (ending, judged) = gated(&gate(&all), report(vec![create(), grant(ImplicitDeny)]));
    assert_eq!((ending, judged.verdict), (Ending::Passed, Verdict::Ready));
    assert_eq!(judged.summary, Summary { needed: 2, allowed: 1, denied: 0, undetermined: 0, waived: 1 });
    let row = &judged.requirements[1];
    assert_eq!(row.decision, ImplicitDeny);
    assert_eq!(
        row.waived.as_ref().unwrap().to_string(),
        "waived by vision-platform until 2026-12-31: the key moves (waivers.toml:1:1)"
    );
    let outcome = judged.gate.unwrap();
    assert_eq!(outcome.unwaived, Verdict::Blocked);
    assert_eq!(outcome.let_pass, ["1 permission is not allowed but waived"]);
    assert_eq!(judged.findings, []);
}

/// What a waiver says, and which of four rows it waives: create (allowed), grant (denied), images (80 objects,
/// denied), describe (should, undetermined)
const NAMES: [(&str, &str); 24] = [
    ("id = \"key-grant\"", "key-grant"),
    ("id = \"key\"", ""),
    ("action = \"kms:CreateGrant\"", "key-grant"),
    ("action = \"KMS:creategrant\"", "key-grant"),
    ("action = \"kms:*\"", "key-grant"),
    ("action = \"kms:*\"\ndecision = \"undetermined\"", "key-describe"),
    ("action = \"*:?et*\"", "read-object"),
    ("action = \"kms:Create\"", ""),
    ("action = \"lookoutvision:*\"", ""),
    ("id = \"key-grant\"\naction = \"s3:*\"", ""),
    ("id = \"read-object\"\nresource = \"arn:aws:s3:::acme-data/casting/*\"", "read-object"),
    ("id = \"read-object\"\nresource = \"arn:aws:s3:::acme-data/*\"", "read-object"),
    ("id = \"read-object\"\nresource = \"*\"", "read-object"),
    // One of the eighty objects is not all of them.
    ("id = \"read-object\"\nresource = \"arn:aws:s3:::acme-data/casting/1.png\"", ""),
    ("id = \"read-object\"\nresource = \"arn:aws:s3:::acme-data/casting/*.png\"", ""),
    ("id = \"read-object\"\nresource = \"arn:aws:s3:::acme-data/casting/?\"", ""),
    ("id = \"read-object\"\nresource = \"arn:aws:s3:::acme-data/casting/${*}\"", ""),
    ("id = \"read-object\"\nresource = \"arn:aws:s3:::ACME-data/casting/*\"", ""),
    ("id = \"key-grant\"\nprincipal = \"arn:aws:iam::111122223333:role/*\"", "key-grant"),
    ("id = \"key-grant\"\nprincipal = \"arn:aws:iam::111122223333:user/*\"", ""),
    ("id = \"key-grant\"\noperation = \"lookoutvision:CreateModel\"", "key-grant"),
    ("id = \"key-grant\"\noperation = \"sagemaker:CreateTrainingJob\"", ""),
    ("id = \"key-grant\"\nactor = \"caller\"", "key-grant"),
    ("id = \"key-grant\"\nactor = \"role:*\"", ""),
];

#[test]
fn a_waiver_waives_what_all_of_it_names() {
    for (about, expected) in NAMES {
        let all = waivers(&waiver(about));
        let rows = vec![create(), grant(ImplicitDeny), images(ImplicitDeny), should(Undetermined)];
        let (_, judged) = gated(&gate(&all), report(rows));
        let waived = judged.requirements.iter().filter(|row| row.waived.is_some()).map(|row| row.id.as_str());
        assert_eq!(waived.collect::<Vec<_>>().join(" "), expected, "{about}");
        let silent = expected.is_empty() && !about.contains("user/") && !about.contains("sagemaker");
        assert_eq!(found(&judged).contains(&"waiver-unused waivers.toml:1:1".to_owned()), silent, "{about}");
    }
}

#[test]
fn rows_that_one_need_was_split_into_are_waived_with_it() {
    let all = waivers(&waiver("id = \"read-object\""));
    let second = Requirement { id: "read-object#2".into(), ..images(ExplicitDeny) };
    let (_, judged) = gated(&gate(&all), report(vec![images(ImplicitDeny), second]));
    assert_eq!((judged.summary.waived, judged.summary.denied), (2, 0));
}

#[test]
fn the_last_day_is_the_last_on_which_a_waiver_holds() {
    for (expires, holds) in [
        ("2026-03-31", true),
        ("\"2026-03-31\"", true),
        ("2026-03-30", false),
        ("\"1970-01-01\"", false),
        ("9999-12-31", true),
    ] {
        let text = waiver("id = \"key-grant\"").replace("2026-12-31", expires);
        let (ending, judged) = gated(&gate(&waivers(&text)), report(vec![create(), grant(ImplicitDeny)]));
        let (verdict, findings) = if holds {
            (Verdict::Ready, vec![])
        } else {
            (Verdict::Blocked, vec!["waiver-expired waivers.toml:1:1".to_owned()])
        };
        assert_eq!((judged.verdict, found(&judged)), (verdict, findings), "{expires}");
        assert_eq!(ending, if holds { Ending::Passed } else { Ending::Denied }, "{expires}");
    }
}

/// What is wrong with a waiver, where that stands, and the words about it
const MALFORMED: [(&str, &str, &str); 18] = [
    (
        "expires = 2026-12-31",
        "expires = 2026-02-30",
        "5:11: `expires` is no date, so the waiver counts as expired: 2026-02-30",
    ),
    (
        "expires = 2026-12-31",
        "expires = \"2026-02-30\"",
        "5:11: `expires` is no date, so the waiver counts as expired: \"2026-02-30\"",
    ),
    ("expires = 2026-12-31", "expires = \"\"", "5:11: `expires` is no date, so the waiver counts as expired: \"\""),
    (
        "expires = 2026-12-31",
        "expires = 2026-12-31T23:59:59Z",
        "5:11: `expires` is no date, so the waiver counts as expired: 2026-12-31T23:59:59Z",
    ),
    ("expires = 2026-12-31", "expires = 2026-12-31T23:59:59+02:00", "5:11: `expires` is no date"),
    ("expires = 2026-12-31", "expires = 2026-12-31T23:59:59", "5:11: `expires` is no date"),
    ("expires = 2026-12-31", "expires = 23:59:59", "5:11: `expires` is no date"),
    ("expires = 2026-12-31", "expires = 20261231", "5:11: `expires` is no date"),
    ("expires = 2026-12-31", "expires = \"31.12.2026\"", "5:11: `expires` is no date"),
    ("expires = 2026-12-31", "expires = \"never\"", "5:11: `expires` is no date"),
    ("expires = 2026-12-31", "", "1:1: the waiver has no `expires`, so it counts as expired"),
    ("owner = \"vision-platform\"\n", "\n", "1:1: the waiver has no `owner`"),
    ("reason = \"the key moves\"", "reason = \"  \"", "4:10: `reason` is empty"),
    ("owner = \"vision-platform\"", "owner = 7", "3:9: `owner` must be a string, this is a TOML integer"),
    ("id = \"key-grant\"", "resource = \"*\"", "1:1: the waiver names neither a row nor an action"),
    ("id = \"key-grant\"", "action = \"*:*\"", "2:10: the waiver would waive every action"),
    ("id = \"key-grant\"", "id = \"key-grant#2\"", "2:6: `key-grant#2` is one of the rows that a need was split into"),
    (
        "id = \"key-grant\"",
        "id = \"key-grant\"\ndecision = \"allowed\"",
        "3:12: `allowed` is no decision that can be waived",
    ),
];

#[test]
fn a_malformed_waiver_waives_nothing_and_is_found() {
    for (good, bad, expected) in MALFORMED {
        let text = waiver("id = \"key-grant\"").replace(good, bad);
        let (ending, judged) = gated(&gate(&waivers(&text)), report(vec![create(), grant(ImplicitDeny)]));
        assert_eq!((ending, judged.summary.denied, judged.summary.waived), (Ending::Denied, 1, 0), "{bad}");
        let told: Vec<String> = judged
            .findings
            .iter()
            .map(|finding| format!("{} {}: {}", finding.id, finding.location.as_ref().unwrap(), finding.message))
            .collect();
        assert_eq!(told.len(), 1, "{bad}: {told:?}");
        assert!(told[0].starts_with(&format!("waiver-malformed waivers.toml:{expected}")), "{bad}: {told:?}");
        assert!(judged.findings[0].help.is_some(), "{bad}");
    }
}

#[test]
fn a_file_that_nobody_can_read_is_no_waiver_at_all() {
    let cases = [
        ("[[waiver]\n", "waivers.toml:1:10: not valid TOML"),
        ("[[waiver]]\nresorce = \"*\"\n", "waivers.toml:2:1: unknown key `resorce` (did you mean `resource`?)"),
        ("[[waivr]]\n", "waivers.toml:1:3: unknown key `waivr` (did you mean `waiver`?)"),
        ("[waiver]\nid = \"x\"\n", "waivers.toml:1:1: waivers are a list of tables (write `[[waiver]]` above each)"),
        ("waiver = [1]\n", "waivers.toml:1:11: waivers are a list of tables"),
        ("[[waiver]]\nid = \"a\"\nid = \"b\"\n", "waivers.toml:3:1: not valid TOML"),
        ("[[waiver]]\nexpires = 2026-02-30\nid = x\n", "waivers.toml:3:6: not valid TOML"),
    ];
    for (text, expected) in cases {
        let problems = Waivers::read(&SourceFile::new("waivers.toml", text)).unwrap_err().0;
        let words: Vec<String> = problems
            .iter()
            .map(|problem| format!("{problem} ({})", problem.help.as_deref().unwrap_or_default()))
            .collect();
        assert!(words[0].starts_with(expected), "{text}: {words:?}");
    }
    assert!(waivers("").is_empty());
}

#[test]
fn an_unused_waiver_says_why() {
    let rows = || report(vec![create(), grant(ImplicitDeny), images(Undetermined), should(Allowed)]);
    let cases = [
        ("id = \"nothing\"", "the request needs nothing that it names"),
        ("id = \"create\"", "all that it names is allowed"),
        ("id = \"read-object\"", "what it names is not denied but undetermined; to accept that"),
        ("id = \"key-grant\"\ndecision = \"undetermined\"", "what it names is not undetermined but denied"),
    ];
    for (about, expected) in cases {
        let (_, judged) = gated(&gate(&waivers(&waiver(about))), rows());
        assert_eq!(found(&judged), ["waiver-unused waivers.toml:1:1"], "{about}");
        assert!(judged.findings[0].message.contains(expected), "{about}: {}", judged.findings[0].message);
    }
}

#[test]
fn the_second_of_two_equal_waivers_is_unused() {
    let twice = waiver("id = \"key-grant\"").repeat(2);
    let (_, judged) = gated(&gate(&waivers(&twice)), report(vec![create(), grant(ImplicitDeny)]));
    assert_eq!(found(&judged), ["waiver-unused waivers.toml:7:1"]);
    assert!(judged.findings[0].message.contains("waivers.toml:1:1 waives the same already"));
    assert_eq!(judged.requirements[1].waived.as_ref().unwrap().location.to_string(), "waivers.toml:1:1");

    let renewed = twice.replacen("2026-12-31", "2026-01-31", 1);
    let (ending, judged) = gated(&gate(&waivers(&renewed)), report(vec![create(), grant(ImplicitDeny)]));
    assert_eq!((ending, found(&judged)), (Ending::Passed, vec!["waiver-expired waivers.toml:1:1".to_owned()]));
}

#[test]
fn waivers_of_other_runs_are_only_noted() {
    let text = format!(
        "{}{}",
        waiver("action = \"kms:*\"\noperation = \"sagemaker:CreateTrainingJob\"").replace("2026-12-31", "2020-01-01"),
        waiver("action = \"kms:*\"\nprincipal = \"*user*\"")
    );
    let (ending, judged) = gated(&Gate { strict: true, ..gate(&waivers(&text)) }, report(vec![create()]));
    assert_eq!((ending, found(&judged)), (Ending::Passed, vec!["waiver-elsewhere waivers.toml:1:1".to_owned()]));
    assert!(judged.findings[0].message.starts_with("2 waivers are about another operation or principal"));
}

#[test]
fn what_a_waiver_accepts_does_not_fail_a_strict_run_either() {
    let text = format!("{}{}", waiver("id = \"key-describe\""), waiver("id = \"key-grant\""));
    let rows = vec![create(), grant(ImplicitDeny), should(ImplicitDeny)];
    let (ending, judged) = gated(&Gate { strict: true, ..gate(&waivers(&text)) }, report(rows));
    assert_eq!((ending, judged.summary.waived), (Ending::Passed, 1), "only needed rows are counted");
    assert_eq!(judged.gate.unwrap().let_pass, ["2 permissions are not allowed but waived"]);
}

#[test]
fn nobody_waives_a_rejection_or_what_is_not_modelled() {
    let all = waivers(&waiver("action = \"kms:*\""));
    for (standing, verdict) in [
        (Standing { rejected: true, ..Standing::default() }, Verdict::Blocked),
        (Standing { incomplete: true, ..Standing::default() }, Verdict::Undetermined),
    ] {
        let mut before = report(vec![create(), grant(ImplicitDeny)]);
        before.standing = standing;
        let (ending, judged) = gated(&gate(&all), before);
        assert_eq!((judged.verdict, judged.summary.waived), (verdict, 1));
        assert_ne!(ending, Ending::Passed);
    }
}
