//! Dates: the W3C profile of ISO 8601, or epoch seconds (rule E169)

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// An instant
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::evaluate) struct Instant(Timestamp);

impl Instant {
    /// Reads a year, a month, a day, a time with zone, or epoch seconds
    ///
    /// Four digits are a year; more are epoch seconds. Without a zone, UTC.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.len() > 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits {
            return Timestamp::from_second(text.parse().ok()?).ok().map(Self);
        }
        if !has_shape(text) {
            return None;
        }
        let padded = match text.len() {
            4 => format!("{text}-01-01"),
            7 => format!("{text}-01"),
            _ => text.to_owned(),
        };
        if let Ok(date) = padded.parse::<Date>()
            && padded.len() == 10
        {
            return Self::utc(date.at(0, 0, 0, 0));
        }
        let zoned = padded.ends_with('Z')
            || padded.get(19..).or(padded.get(16..)).is_some_and(|tail| tail.contains(['+', '-']));
        let zoned = zoned || padded.get(16..).is_some_and(|tail| tail.contains(['+', '-']));
        if zoned {
            return padded.parse::<Timestamp>().ok().map(Self);
        }
        padded.parse::<DateTime>().ok().and_then(Self::utc)
    }

    /// The point in time
    pub(in crate::evaluate) fn timestamp(self) -> Timestamp {
        self.0
    }

    fn utc(civil: DateTime) -> Option<Self> {
        TimeZone::UTC.to_timestamp(civil).ok().map(Self)
    }
}

/// Whether the text has the shape of the profile: `YYYY[-MM[-DD[Thh:mm[:ss[.f]][Z|±hh:mm]]]]`
fn has_shape(text: &str) -> bool {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd";
    let bytes = text.as_bytes();
    let fits = |(byte, shape): (&u8, &u8)| if *shape == b'd' { byte.is_ascii_digit() } else { byte == shape };
    if !bytes.iter().zip(SHAPE).all(fits) {
        return false;
    }
    if matches!(bytes.len(), 4 | 7 | 10) {
        return true;
    }
    let Some(rest) = text.get(SHAPE.len()..) else { return false };
    let (clock, zone) = rest.find(['Z', '+', '-']).and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
    let (seconds, fraction) =
        clock.split_once('.').map_or((clock, None), |(seconds, fraction)| (seconds, Some(fraction)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let seconds_ok = seconds.is_empty() && fraction.is_none()
        || seconds.strip_prefix(':').is_some_and(|s| s.len() == 2 && digits(s));
    let zone_ok = match zone.as_bytes() {
        b"" | b"Z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].iter().all(|digit| digit.is_ascii_digit()),
        _ => false,
    };
    seconds_ok && fraction.is_none_or(digits) && zone_ok
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_instant_in_many_spellings() {
        let expected = Instant::parse("2026-01-01T00:00:00Z");
        assert!(expected.is_some());
        for text in [
            "2026",
            "2026-01",
            "2026-01-01",
            "2026-01-01T00:00Z",
            "2026-01-01T00:00:00.000Z",
            "2026-01-01T02:00:00+02:00",
            "2025-12-31T19:00-05:00",
            "1767225600",
            "2026-01-01T00:00:00",
        ] {
            assert_eq!(Instant::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn other_formats_are_not_dates() {
        for text in [
            "",
            "tomorrow",
            "01/02/2026",
            "2026-1-1",
            "2026-13-01",
            "2026-01-01 00:00:00",
            "Thu, 01 Jan 2026",
            "2026-01-01T00:00:00 Z",
            "123",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }
}
