//! How old facts may be, and what the moment of the run is

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use crate::finding::{Finding, Severity};

/// Clocks may differ by so much before a snapshot counts as taken in the future
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// How old facts may be: `12h`, `7d`, `2w`; a day is 24 hours
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxAge(SignedDuration);

/// Why a text is no age
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an age such as 12h, 7d or 2w")]
pub struct NoAge;

impl FromStr for MaxAge {
    type Err = NoAge;

    fn from_str(text: &str) -> Result<Self, NoAge> {
        let span: Span = text.parse().map_err(|_| NoAge)?;
        let age = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| NoAge)?;
        if age.is_positive() { Ok(Self(age)) } else { Err(NoAge) }
    }
}

impl fmt::Display for MaxAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words(self.0))
    }
}

impl MaxAge {
    /// What is wrong with facts of this moment: too old, without a date, or from the future
    pub(super) fn finding(self, captured_at: Option<&str>, now: Timestamp) -> Option<Finding> {
        let message = match captured_at.map(str::parse::<Timestamp>) {
            None => format!("nobody knows how old the facts are, and they may be {self} old at most"),
            Some(Err(_)) => format!(
                "`captured_at` of the snapshot is no moment, so nobody knows how old the facts are; they may be {self} \
                 old at most"
            ),
            Some(Ok(moment)) => {
                let age = now.duration_since(moment);
                if age < -SKEW {
                    format!("the snapshot was taken at {moment}, which is in the future")
                } else if age > self.0 {
                    format!("the snapshot is {} old ({moment}), and {self} is the most", words(age))
                } else {
                    return None;
                }
            }
        };
        Some(Finding {
            id: "snapshot-stale",
            severity: Severity::Warning,
            message,
            help: Some("take a new snapshot (`iam-preflight snapshot`), or ask AWS with --mode live".to_owned()),
            url: None,
            location: None,
        })
    }
}

/// Days and hours, or hours and minutes; what is smaller is left out
fn words(age: SignedDuration) -> String {
    let minutes = age.as_mins();
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let parts = match (days, hours) {
        (0, 0) => vec![(minutes, "m")],
        (0, hours) => vec![(hours, "h"), (minutes, "m")],
        (days, hours) => vec![(days, "d"), (hours, "h")],
    };
    let shown: Vec<String> = parts
        .iter()
        .enumerate()
        .filter(|(index, (n, _))| *index == 0 || *n > 0)
        .map(|(_, (n, unit))| format!("{n}{unit}"))
        .collect();
    shown.join(" ")
}

/// A moment given by hand: a moment in RFC 3339, or a date, which means its end in UTC
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOf {
    text: String,
    moment: Timestamp,
}

/// Why a text is no moment
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a date such as 2026-03-31, or a moment such as 2026-03-31T09:00:00Z")]
pub struct NoMoment;

impl FromStr for AsOf {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        let moment = match date(text) {
            Some(date) => TimeZone::UTC.to_timestamp(date.at(23, 59, 59, 0)).map_err(|_| NoMoment)?,
            None => text.parse().map_err(|_| NoMoment)?,
        };
        Ok(Self { text: text.to_owned(), moment })
    }
}

impl AsOf {
    /// As it was given
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The moment
    #[must_use]
    pub fn moment(&self) -> Timestamp {
        self.moment
    }
}

/// `YYYY-MM-DD` and nothing else; jiff alone would also take a time and drop it
pub(super) fn date(text: &str) -> Option<Date> {
    let form = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    if form { text.parse().ok() } else { None }
}

/// The date of a moment in UTC
pub(super) fn day(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}
