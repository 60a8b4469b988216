//! Gaps that were known before

use Decision::{Allowed, ExplicitDeny, ImplicitDeny, Undetermined};

use super::*;

fn rows() -> Vec<Requirement> {
    vec![create(), grant(ImplicitDeny), images(Undetermined), should(ImplicitDeny)]
}

fn written() -> String {
    Baseline::of(&report(rows()))
}

/// Judges rows against what was written of others
fn against(text: &str, rows: Vec<Requirement>) -> (Ending, Report) {
    let (known, none) = (baseline(text), Waivers::default());
    gated(&Gate { baseline: Some(&known), ..gate(&none) }, report(rows))
}

#[test]
fn what_was_written_is_known_in_the_next_run() {
    let (ending, judged) = against(&written(), rows());
    assert_eq!((ending, judged.verdict, judged.summary.waived), (Ending::Passed, Verdict::Ready, 2));
    assert_eq!(judged.findings, []);
    let outcome = judged.gate.as_ref().unwrap();
    assert_eq!((outcome.unwaived, outcome.known), (Verdict::Blocked, 2));
    assert_eq!(outcome.let_pass, ["3 permissions are not allowed but known from the baseline"]);
    // Entries are sorted, and each is pointed at where it stands.
    let line = written().lines().position(|line| line.contains("kms:CreateGrant")).unwrap() - 4;
    assert!(written().lines().nth(line).unwrap().starts_with("[[gap]]"));
    let place = format!("known from the baseline (baseline.toml:{}:1)", line + 1);
    assert_eq!(judged.requirements[1].waived.as_ref().unwrap().to_string(), place);
}

#[test]
fn a_new_gap_fails() {
    let denied = row("out-put", "s3:PutObject", "arn:aws:s3:::acme-results/*", ExplicitDeny);
    let (ending, judged) = against(&written(), [rows(), vec![denied]].concat());
    assert_eq!((ending, judged.summary.denied, judged.summary.waived), (Ending::Denied, 1, 2));
}

#[test]
fn another_actor_principal_resource_or_decision_is_another_gap() {
    let changes: [fn(&mut Report); 5] = [
        |report| report.requirements[1].actor = "role:Other".into(),
        |report| report.requirements[1].resource.push('x'),
        |report| report.requirements[1].decision = Undetermined,
        |report| report.principal.arn.push('x'),
        |report| report.operation.push('x'),
    ];
    let (known, none) = (baseline(&written()), Waivers::default());
    for (index, change) in changes.into_iter().enumerate() {
        let mut before = report(rows());
        change(&mut before);
        let (ending, judged) = gated(&Gate { baseline: Some(&known), ..gate(&none) }, before);
        assert_ne!(ending, Ending::Passed, "change {index}");
        assert_eq!(judged.requirements[1].waived, None, "change {index}");
        // What is about another principal or operation is not gone, it was not looked for.
        assert_eq!(found(&judged).is_empty(), index > 2, "change {index}: {:?}", found(&judged));
    }
    let (ending, _) = against(
        &written(),
        vec![
            create(),
            Requirement { id: "renamed".into(), decision: ExplicitDeny, ..grant(ImplicitDeny) },
            images(Undetermined),
            should(ImplicitDeny),
        ],
    );
    assert_eq!(ending, Ending::Passed, "neither the row's name nor the kind of denial makes another gap");
}

#[test]
fn what_is_gone_or_less_is_found_and_what_is_more_is_new() {
    let fewer = Requirement { resource_count: 79, ..images(Undetermined) };
    let more = Requirement { resource_count: 81, ..images(Undetermined) };
    let with = |images: Requirement| vec![create(), grant(ImplicitDeny), images, should(ImplicitDeny)];
    let cases = [
        (
            with(images(Allowed)),
            Ending::Passed,
            "baseline-stale",
            "the open question of s3:GetObject on arn:aws:s3:::acme-data/casting/* is gone",
        ),
        (with(fewer), Ending::Passed, "baseline-stale", "stood for 80 resources and stands for 79 now"),
        (
            with(more),
            Ending::Undetermined,
            "baseline-grown",
            "was known for 80 resource(s) and stands for 81 now: it counts as new",
        ),
    ];
    for (rows, expected, id, words) in cases {
        let (ending, judged) = against(&written(), rows.clone());
        assert_eq!(ending, expected, "{words}");
        let finding = &judged.findings[0];
        assert_eq!((finding.id, finding.severity), (id, Severity::Warning));
        assert!(finding.message.contains(words), "{}", finding.message);
        assert_eq!(finding.location.as_ref().unwrap().file.as_ref(), "baseline.toml");
        let (known, none) = (baseline(&written()), Waivers::default());
        let (ending, _) = gated(&Gate { baseline: Some(&known), strict: true, ..gate(&none) }, report(rows));
        assert_eq!(ending, Ending::Undetermined, "a strict run wants a baseline that is up to date");
    }
}

#[test]
fn rows_that_are_one_gap_are_known_together() {
    let halves = |first: u64, second: u64| {
        let half = |id: &str, resource_count| Requirement { id: id.into(), resource_count, ..images(ImplicitDeny) };
        vec![create(), half("read-object", first), half("read-object#2", second)]
    };
    let text = Baseline::of(&report(halves(30, 50)));
    assert_eq!(text.matches("[[gap]]").count(), 1);
    assert!(text.contains("count = 80"));
    assert_eq!(against(&text, halves(79, 1)).0, Ending::Passed, "the same objects, sorted otherwise");
    let (ending, judged) = against(&text, halves(50, 50));
    assert_eq!((ending, judged.summary.denied), (Ending::Denied, 2));
}

#[test]
fn what_a_waiver_accepts_is_not_written_and_not_missed() {
    let all = waivers(&waiver("id = \"key-grant\""));
    let known = baseline(&written());
    let (_, judged) = gated(&Gate { baseline: Some(&known), ..gate(&all) }, report(rows()));
    assert_eq!(judged.requirements[1].waived.as_ref().unwrap().by.word(), "waiver");
    assert_eq!(judged.findings, [], "the gap is still there");
    let text = Baseline::of(&judged);
    assert!(!text.contains("kms:CreateGrant") && text.contains("s3:GetObject"), "{text}");
}

#[test]
fn hostile_names_survive_a_round() {
    let hostile = "a\"b\\c\n\t\u{7f}\u{1b}\u{202e}'''é[[gap]] # = ${*}";
    let rows = || vec![create(), Requirement { resource: hostile.into(), ..grant(ImplicitDeny) }];
    let (ending, judged) = against(&Baseline::of(&report(rows())), rows());
    assert_eq!((ending, judged.findings.len()), (Ending::Passed, 0));
}

#[test]
fn a_broken_baseline_is_refused_with_all_its_problems() {
    let good = written();
    let cases = [
        ("format = 1", "format = 2", "baseline.toml:2:10: this is no baseline of format 1"),
        ("format = 1", "", "baseline.toml:1:1: this is no baseline of format 1"),
        ("count = 1", "count = \"1\"", ": the gap has no `count` that is a number"),
        ("count = 1", "count = -1", ": the gap has no `count` that is a number"),
        ("count = 1", "", ": the gap has no `count` that is a number"),
        ("actor = ", "acter = ", ": unknown key `acter`"),
        ("decision = \"denied\"", "decision = \"allowed\"", ": `allowed` is no decision of a gap"),
        ("[[gap]]", "[[gab]]", ": unknown key `gab`"),
        ("[[gap]]", "[gap]", "not valid TOML"),
    ];
    for (from, to, expected) in cases {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{to}");
        let problems = Baseline::read(&SourceFile::new("baseline.toml", text)).unwrap_err();
        let words = problems.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(words.contains(expected), "{to}: {words}");
    }
    let entry = good.split("\n\n").nth(1).unwrap();
    let twice = Baseline::read(&SourceFile::new("baseline.toml", format!("{good}\n{entry}\n"))).unwrap_err();
    assert!(twice.to_string().contains("the same gap stands here twice"), "{twice}");
}
