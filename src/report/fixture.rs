//! Believable reports for tests

use std::sync::Arc;

use crate::evaluate::{Decision, Layer};
use crate::finding::{
    AssumptionUse, Coverage, DecidedBy, DerivedReport, DerivedRow, Ending, FailOn, Finding, Gap, Gate, Input,
    InputRole, LayerCoverage, Mode, PredictedResponse, Report, ReportPrincipal, Requirement, SetBy, Setting, Severity,
    Standing, Summary, Verdict, Waived, WaivedBy,
};
use crate::need::{Phase, Source, Strength};
use crate::source::{Location, Position};

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const API: &str = "https://docs.aws.amazon.com/lookout-for-vision/latest/APIReference/API_CreateModel.html";

pub(super) fn location(file: &str, line: u32, column: u32) -> Location {
    Location { file: Arc::from(file), at: Position { line, column } }
}

pub(super) fn allowed(id: &str, action: &str, resource: &str) -> Requirement {
    let by = DecidedBy {
        layer: Layer::Identity,
        policy: "TrainModels".into(),
        sid: "Train".into(),
        effect: "allows",
        location: Some(location("iam/account-authorization-details.json", 41, 15)),
        line_text: Some(r#"              {"Sid": "Train","#.into()),
    };
    Requirement {
        id: id.into(),
        actor: "caller".into(),
        principal: None,
        action: action.into(),
        resource: resource.into(),
        resource_count: 1,
        examples: Vec::new(),
        members: Vec::new(),
        need: Strength::Must,
        phase: Phase::Submit,
        decision: Decision::Allowed,
        is_generated: false,
        because: "The request itself".into(),
        sources: vec![Source { kind: "api-reference".into(), url: API.into() }],
        assumptions: Vec::new(),
        decided_by: vec![by],
        missing_context: Vec::new(),
        missing_facts: Vec::new(),
        outcomes: Vec::new(),
        context: vec![("aws:SecureTransport".into(), "true".into())],
        gap: None,
        coverage: vec![LayerCoverage { layer: Layer::Identity, judged_by: "engine", why: "read".into() }],
        waived: None,
        way: None,
        asked_at: location("request.json", 2, 18),
    }
}

fn describe_key() -> Requirement {
    Requirement {
        need: Strength::Should,
        decision: Decision::ImplicitDeny,
        because: "One page asks for it, another does not".into(),
        decided_by: vec![layer(Layer::Identity, "does not allow")],
        gap: Some(Gap {
            message: "no identity policy allows `kms:DescribeKey` on the key".into(),
            help: vec!["add `kms:DescribeKey` to the statement `Train` of `TrainModels`".into()],
        }),
        ..allowed("key-describe", "kms:DescribeKey", KEY)
    }
}

fn layer(layer: Layer, effect: &'static str) -> DecidedBy {
    let (policy, sid) = (String::new(), String::new());
    DecidedBy { layer, policy, sid, effect, location: None, line_text: None }
}

fn images() -> Requirement {
    Requirement {
        resource_count: 20_000,
        examples: (1..=5).map(|n| format!("arn:aws:s3:::acme-line-7/images/good/{n:05}.png")).collect(),
        phase: Phase::Run,
        because: "The manifests name these images; the service reads them with the caller's permissions".into(),
        ..allowed("read-object", "s3:GetObject", "arn:aws:s3:::acme-line-7/images/*")
    }
}

fn rows() -> Vec<Requirement> {
    vec![
        allowed("create", "lookoutvision:CreateModel", "arn:aws:lookoutvision:us-east-1:123456789012:model/line-7/*"),
        images(),
        allowed("out-location", "s3:GetBucketLocation", "arn:aws:s3:::acme-results"),
        Requirement { phase: Phase::Run, ..allowed("out-put", "s3:PutObject", "arn:aws:s3:::acme-results/line-7/*") },
        allowed("key-grant", "kms:CreateGrant", KEY),
        describe_key(),
    ]
}

pub(super) fn ready() -> Report {
    Report {
        mode: Mode::Offline,
        operation: "lookoutvision:CreateModel".into(),
        request: "request.json".into(),
        verdict: Verdict::Ready,
        summary: Summary { needed: 5, allowed: 5, denied: 0, undetermined: 0, waived: 0 },
        principal: ReportPrincipal {
            arn: "arn:aws:iam::123456789012:role/ml/Trainer".into(),
            kind: "role",
            account: "123456789012".into(),
        },
        predicted_response: PredictedResponse { status: Some(202), error: None },
        requirements: rows(),
        findings: Vec::new(),
        notices: vec![
            "Amazon Lookout for Vision ended on 2025-10-31; `sagemaker:CreateTrainingJob` is the nearest successor"
                .into(),
        ],
        assumptions: vec![AssumptionUse {
            id: "lookoutvision-via".into(),
            value: "caller".into(),
            meaning: "the service reads the images with the caller's forwarded session".into(),
        }],
        coverage: vec![
            seen("identity policies", true, "iam/account-authorization-details.json"),
            seen("service control policies", true, "known to be absent: the account is in no organization"),
        ],
        captured_at: Some("2025-09-30T08:15:00Z".into()),
        standing: Standing::default(),
        gate: None,
        inputs: vec![
            input(
                "request.json",
                InputRole::Request,
                Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
            ),
            input("train.manifest", InputRole::Manifest, None),
        ],
        making: None,
    }
}

fn input(name: &str, role: InputRole, sha256: Option<&str>) -> Input {
    Input { name: name.into(), role, bytes: 412, sha256: sha256.map(str::to_owned) }
}

fn seen(what: &str, seen: bool, why: &str) -> Coverage {
    Coverage { what: what.into(), seen, why: why.into() }
}

pub(super) fn blocked() -> Report {
    let mut report = ready();
    report.verdict = Verdict::Blocked;
    report.summary = Summary { needed: 5, allowed: 3, denied: 2, undetermined: 0, waived: 0 };
    report.predicted_response = PredictedResponse { status: Some(403), error: Some("AccessDeniedException".into()) };
    report.requirements[4].decision = Decision::ImplicitDeny;
    report.requirements[4].because = "`KmsKeyId` is given: the service creates a grant to use the key".into();
    report.requirements[4].decided_by =
        vec![layer(Layer::Resource, "does not allow"), layer(Layer::Identity, "does not allow")];
    report.requirements[4].gap = Some(Gap {
        message: "neither the key policy nor an identity policy allows `kms:CreateGrant`".into(),
        help: vec![
            "add `kms:CreateGrant` on the key to the statement `Train` of `TrainModels`, with the condition \
             `kms:GrantIsForAWSResource` = `true`"
                .into(),
            "or add a statement for the role to the key policy".into(),
        ],
    });
    report.requirements[1].decision = Decision::ExplicitDeny;
    report.requirements[1].resource_count = 312;
    report.requirements[1].decided_by = vec![DecidedBy {
        layer: Layer::Resource,
        policy: "acme-line-7".into(),
        sid: "OnlyFromTheFactory".into(),
        effect: "denies",
        location: Some(location("s3/acme-line-7/policy.json", 12, 5)),
        line_text: Some(
            r#"    { "Sid": "OnlyFromTheFactory", "Effect": "Deny", "Principal": "*", "Action": "s3:*","#.into(),
        ),
    }];
    report.requirements[1].gap = Some(Gap {
        message: "the bucket policy denies every call that does not come from `vpce-1a2b3c4d`".into(),
        help: vec!["except the service with `aws:ViaAWSService` = `true` in the Deny's condition".into()],
    });
    report.findings = findings();
    report
}

fn findings() -> Vec<Finding> {
    vec![
        Finding {
            id: "request-constraint",
            severity: Severity::Error,
            message: "`ProjectName` must not contain blanks".into(),
            help: Some("did you mean `line-7`?".into()),
            url: Some(API.into()),
            location: Some(location("request.json", 2, 18)),
        },
        Finding {
            id: "manifest-duplicates",
            severity: Severity::Note,
            message: "12 images are named twice".into(),
            help: None,
            url: None,
            location: None,
        },
    ]
}

/// Ready only because one gap is waived and another was known before
pub(super) fn waived() -> Report {
    let mut report = blocked();
    let by = WaivedBy::Waiver {
        owner: "vision-platform".into(),
        reason: "the grant comes with the key of the new account".into(),
        expires: "2026-03-31".into(),
    };
    report.requirements[4].waived = Some(Waived { by, location: location("preflight.toml", 9, 1) });
    report.requirements[1].waived = Some(Waived { by: WaivedBy::Baseline, location: location("baseline.toml", 12, 1) });
    report.findings.clear();
    report.settle();
    report.gate = Some(Gate {
        ending: Ending::Passed,
        unwaived: Verdict::Blocked,
        fail_on: FailOn::Denied,
        strict: false,
        known: 1,
        failures: Vec::new(),
        let_pass: vec!["2 needed permissions are not allowed but waived".into()],
        as_of: Some("2026-01-31".into()),
        configuration: Some("preflight.toml".into()),
        settings: vec![
            Setting {
                flag: "fail-on".into(),
                values: vec!["denied".into()],
                by: SetBy::File(location("preflight.toml", 3, 1)),
            },
            Setting {
                flag: "baseline".into(),
                values: vec!["baseline.toml".into()],
                by: SetBy::Environment("IAM_PREFLIGHT_BASELINE".into()),
            },
        ],
    });
    report
}

pub(super) fn undetermined() -> Report {
    let mut report = ready();
    report.verdict = Verdict::Undetermined;
    report.summary = Summary { needed: 5, allowed: 4, denied: 0, undetermined: 1, waived: 0 };
    report.predicted_response = PredictedResponse { status: None, error: None };
    report.requirements[3].decision = Decision::Undetermined;
    report.requirements[3].assumptions = vec!["lookoutvision-via".into()];
    report.requirements[3].decided_by = vec![
        DecidedBy {
            layer: Layer::Scp,
            policy: "guardrails".into(),
            sid: "Net".into(),
            effect: "may deny",
            location: Some(location("organizations/scps/01-root/net.json", 107, 9)),
            line_text: Some("        {".into()),
        },
        DecidedBy { policy: "acme-results".into(), ..layer(Layer::Resource, "is not known") },
    ];
    report.requirements[3].missing_context = vec!["aws:SourceVpce".into()];
    report.requirements[3].missing_facts =
        vec!["the bucket policy of acme-results: `--bucket-policy acme-results=FILE`".into()];
    report.requirements[3].outcomes =
        vec!["allowed if `aws:SourceVpce` is `vpce-1a2b3c4d` (statement `Net` in `net.json`)".into()];
    report.requirements[3].gap =
        Some(Gap { message: "two things are not known that decide it".into(), help: Vec::new() });
    report.coverage.push(seen("bucket policy of acme-results", false, "`s3/acme-results/policy.json` is missing"));
    report
}

pub(super) fn derived() -> DerivedReport {
    let rows = rows().into_iter().map(|row| DerivedRow {
        missing_facts: if row.id == "out-put" { vec!["the output bucket's Region".into()] } else { Vec::new() },
        id: row.id,
        actor: row.actor,
        action: row.action,
        resource: row.resource,
        resource_count: row.resource_count,
        context: row.context,
        need: row.need,
        phase: row.phase,
        is_generated: row.is_generated,
        because: row.because,
        sources: row.sources,
        assumptions: row.assumptions,
    });
    let Report { operation, assumptions, notices, .. } = ready();
    DerivedReport { operation, rows: rows.collect(), findings: findings(), assumptions, notices }
}
