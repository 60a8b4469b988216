//! The one clock

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// The present moment, in whole seconds
pub(super) fn now() -> Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let now = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    now.unwrap_or(Timestamp::UNIX_EPOCH)
}
