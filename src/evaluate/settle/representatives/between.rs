//! Values between the constants of a policy, before the first and behind the last

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};

/// A number in each gap; `None` where two constants lie too close for a number between them
pub(super) fn numbers(constants: &BTreeSet<String>) -> Option<Vec<String>> {
    let mut sorted: Vec<f64> = constants.iter().filter_map(|text| text.parse().ok()).collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return Some(Vec::new()) };
    let (below, above) = (first - 1.0, last + 1.0);
    let mut found = vec![below.to_string(), above.to_string()];
    for (low, high) in sorted.iter().zip(sorted.iter().skip(1)) {
        let middle = low + (high - low) / 2.0;
        if middle <= *low || middle >= *high {
            return None;
        }
        found.push(middle.to_string());
    }
    // Numbers so large that one step more is no other number.
    (below < *first && above > *last).then_some(found)
}

/// A date in each gap; `None` at the end of the calendar
pub(super) fn dates(constants: &BTreeSet<Timestamp>) -> Option<Vec<String>> {
    let (Some(first), Some(last)) = (constants.first(), constants.last()) else { return Some(Vec::new()) };
    let second = SignedDuration::from_secs(1);
    let mut found = vec![first.checked_sub(second).ok()?, last.checked_add(second).ok()?];
    for (low, high) in constants.iter().zip(constants.iter().skip(1)) {
        let middle = low.checked_add(high.duration_since(*low) / 2).ok()?;
        if middle > *low {
            found.push(middle);
        }
    }
    Some(found.iter().map(ToString::to_string).collect())
}

/// An address for each way of lying inside some ranges and outside others
///
/// Ranges never overlap by halves: a part of one that no other covers begins where it begins, or
/// behind the end of another.
pub(super) fn addresses(ranges: &BTreeSet<IpNet>) -> Vec<String> {
    /// Tried first, since they look like what they stand for
    const OUTSIDE: [&str; 3] = ["192.0.2.255", "8.8.4.4", "2600::1"];
    if ranges.is_empty() {
        return Vec::new();
    }
    let well_known = OUTSIDE.iter().filter_map(|text| text.parse::<IpAddr>().ok());
    let lowest = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
    let starts = ranges.iter().map(IpNet::network);
    let ends = ranges.iter().filter_map(|range| next(range.broadcast()));
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for address in well_known.chain(starts).chain(ends).chain(lowest) {
        let inside: Vec<bool> = ranges.iter().map(|range| range.contains(&address)).collect();
        if seen.insert((address.is_ipv4(), inside)) {
            found.push(address.to_string());
        }
    }
    found
}

fn next(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => u32::from(address).checked_add(1).map(|bits| Ipv4Addr::from(bits).into()),
        IpAddr::V6(address) => u128::from(address).checked_add(1).map(|bits| Ipv6Addr::from(bits).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gap_has_a_value() {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<String>>();
        assert_eq!(numbers(&texts(&["10", "9.5"])), Some(vec!["8.5".into(), "11".into(), "9.75".into()]));
        assert_eq!(numbers(&texts(&["100000000000000000"])), None);
        assert_eq!(numbers(&texts(&[])), Some(vec![]));
        let days = ["2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z"].map(|text| text.parse::<Timestamp>().unwrap());
        let found = dates(&days.into_iter().collect()).unwrap();
        assert_eq!(found, ["2025-12-31T23:59:59Z", "2026-01-03T00:00:01Z", "2026-01-02T00:00:00Z"]);
    }

    #[test]
    fn nested_ranges_have_an_address_each() {
        let nets = |list: &[&str]| list.iter().map(|text| text.parse::<IpNet>().unwrap()).collect::<BTreeSet<_>>();
        let found = addresses(&nets(&["10.0.0.0/8", "10.0.0.0/9", "10.1.2.3/32"]));
        assert_eq!(found, ["192.0.2.255", "2600::1", "10.0.0.0", "10.1.2.3", "10.128.0.0"]);
        // Covered wholly by its two halves, a range has no address of its own.
        assert_eq!(addresses(&nets(&["10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9"])).len(), 4);
    }
}
