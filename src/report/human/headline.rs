//! The first lines and the last: the answer, who, and the counts

use crate::finding::{PredictedResponse, Report, Summary, Verdict};
use crate::report::Style;
use crate::report::paint::{Ink, paint};
use crate::report::text::{counted, visible, wrap};

/// The answer, the operation, the principal, one sentence
pub(super) fn headline(report: &Report, style: Style) -> String {
    let (word, ink) = verdict(report.verdict);
    let waived = match report.summary.waived {
        0 => String::new(),
        waived => format!(", {waived} waived"),
    };
    let operation = visible(&report.operation);
    let principal = visible(&report.principal.arn);
    let sentence = wrap(&sentence(report), style.columns()).join("\n");
    format!(
        "{}{waived}  {operation}\nas {principal} ({})\n{}\n\n{sentence}",
        paint(style, ink, word),
        report.principal.kind,
        facts(report)
    )
}

fn verdict(verdict: Verdict) -> (&'static str, Ink) {
    match verdict {
        Verdict::Ready => ("READY", Ink::Good),
        Verdict::Blocked => ("BLOCKED", Ink::Bad),
        Verdict::Undetermined => ("UNDETERMINED", Ink::Open),
    }
}

fn facts(report: &Report) -> String {
    let mode = report.mode.word();
    match &report.captured_at {
        Some(moment) => format!("{mode}, from a snapshot of {}", visible(moment)),
        None => format!("{mode}, from the documents given"),
    }
}

pub(crate) fn sentence(report: &Report) -> String {
    let Summary { needed, denied, undetermined, waived, .. } = report.summary;
    let open = match undetermined {
        0 => String::new(),
        1 => ", and 1 cannot be decided".to_owned(),
        many => format!(", and {many} cannot be decided"),
    };
    match report.verdict {
        Verdict::Ready if needed == 0 => "Nothing is needed.".to_owned(),
        Verdict::Ready if waived > 0 => {
            format!("Ready only by waiver: of {}, {waived} {} not allowed but waived.", permissions(needed), be(waived))
        }
        Verdict::Ready => "Every needed permission is allowed.".to_owned(),
        Verdict::Blocked if denied == 0 => {
            format!(
                "No needed permission is denied{open}, but the service would reject the request; the findings say why."
            )
        }
        Verdict::Blocked => format!("Of {}, {denied} {} denied{open}.", permissions(needed), be(denied)),
        Verdict::Undetermined if undetermined == 0 && report.standing.stale => {
            "The facts are too old to be trusted, or nobody knows how old they are; the findings say more.".to_owned()
        }
        Verdict::Undetermined if needed == 0 => "Nothing is needed, so there is nothing to check.".to_owned(),
        Verdict::Undetermined if undetermined == 0 => {
            "No needed permission is denied, but something else is not known that decides; the findings say what."
                .to_owned()
        }
        Verdict::Undetermined => {
            format!(
                "Of {}, none is denied, but {undetermined} cannot be decided from what is known.",
                permissions(needed)
            )
        }
    }
}

fn permissions(number: usize) -> String {
    counted(u64::try_from(number).unwrap_or(u64::MAX), "needed permission")
}

fn be(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// What the service would answer, and the counts
pub(super) fn summary(report: &Report, style: Style) -> String {
    let Summary { needed, allowed, denied, undetermined, waived } = report.summary;
    let response = wrap(&predicted(&report.predicted_response), style.columns()).join("\n");
    format!(
        "{response}\n{needed} needed: {allowed} allowed, {denied} denied, {undetermined} undetermined, {waived} waived"
    )
}

pub(crate) fn predicted(response: &PredictedResponse) -> String {
    let error = response.error.as_deref().map(visible);
    match (response.status, error) {
        (Some(status), Some(error)) => format!("predicted response: {error} (HTTP {status})"),
        (None, Some(error)) => format!("predicted response: {error}"),
        (Some(status), None) if status < 400 => format!("predicted response: success (HTTP {status})"),
        (Some(status), None) => format!("predicted response: HTTP {status}"),
        (None, None) => "predicted response: cannot be told".to_owned(),
    }
}
