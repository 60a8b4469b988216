//! When and with what data a report is made

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Operation;
use crate::finding::Making;
use crate::reference;

use super::clock;

/// Of a report made now, of facts of this moment
pub(super) fn making(operation: &Operation, captured_at: Option<&str>) -> Making {
    let now = clock::now();
    let catalog = (format!("catalog of {}", operation.name()), operation.header.model.clone());
    let edition = reference::edition();
    let actions = (
        format!("actions and condition keys of {} services ({})", edition.services, edition.source),
        format!("{}, made on {}", edition.version, edition.captured),
    );
    Making {
        at: now.to_string(),
        snapshot_age: captured_at.map(|moment| age(moment.parse().ok(), now)),
        data: vec![catalog, actions],
    }
}

/// How old facts of a moment are, in words
fn age(moment: Option<Timestamp>, now: Timestamp) -> String {
    let Some(moment) = moment else { return "of unknown age, since the date cannot be read,".to_owned() };
    let age = now.duration_since(moment);
    let counted = |number: i64, noun: &str| format!("{number} {noun}{} old", if number == 1 { "" } else { "s" });
    match age {
        future if future < SignedDuration::ZERO => "dated in the future".to_owned(),
        days if days.as_hours() >= 48 => counted(days.as_hours() / 24, "day"),
        hours if hours.as_mins() >= 120 => counted(hours.as_hours(), "hour"),
        minutes => counted(minutes.as_mins(), "minute"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_largest_unit_that_is_full_twice() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        for (moment, words) in [
            ("2026-11-26T12:00:00Z", "0 minutes old"),
            ("2026-11-26T11:58:59Z", "1 minute old"),
            ("2026-11-26T10:00:01Z", "119 minutes old"),
            ("2026-11-26T09:00:00Z", "3 hours old"),
            ("2026-11-24T11:00:00Z", "2 days old"),
            ("2025-11-26T12:00:00Z", "365 days old"),
            ("2026-11-26T12:00:01Z", "dated in the future"),
            ("soon", "of unknown age, since the date cannot be read,"),
        ] {
            assert_eq!(age(moment.parse().ok(), now), words, "{moment}");
        }
    }
}
