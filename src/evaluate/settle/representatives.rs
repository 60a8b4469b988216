//! Values that stand for all values of a key, as far as some conditions can tell them apart

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::evaluate::condition::{Condition, is_readable};
use crate::iam::ContextValue;
use crate::policy::OperatorKind as Kind;

/// The values to try for one key
pub(super) struct Representatives {
    /// The values, with "absent" first
    pub(super) values: Vec<ContextValue>,
    /// The same in words
    pub(super) words: Vec<String>,
    /// Whether every possible value behaves like one of these
    pub(super) complete: bool,
}

/// A text that no sensible policy names
const OTHER: &str = "~other~";
/// Subsets are formed of at most this many constants
const SUBSET_LIMIT: usize = 4;

impl Representatives {
    /// Values for the conditions that test one key
    pub(super) fn of<'c>(conditions: impl Iterator<Item = &'c Condition>) -> Self {
        let mut texts: BTreeSet<Arc<str>> = BTreeSet::new();
        let mut ranges: Vec<IpNet> = Vec::new();
        let mut wildcards: BTreeSet<Arc<str>> = BTreeSet::new();
        let (mut complete, mut as_set, mut boolean) = (true, false, true);
        for condition in conditions {
            let kind = condition.operator().kind;
            as_set |= condition.is_over_sets();
            boolean &= matches!(kind, Kind::Bool | Kind::Null);
            for constant in condition.constants().iter() {
                complete &= collect(kind, constant, &mut texts, (&mut ranges, &mut wildcards));
            }
        }
        complete &= wildcards.len() <= 1 || wildcards.iter().all(|pattern| is_prefix_pattern(pattern));
        complete &= disjoint(&ranges);
        if boolean {
            texts.extend(["true", "false"].map(Arc::from));
        }
        texts.extend(outside(&ranges).into_iter().map(Arc::from));
        texts.insert(OTHER.into());
        if as_set { Self::sets(&texts, complete) } else { Self::singles(&texts, complete) }
    }

    fn singles(texts: &BTreeSet<Arc<str>>, complete: bool) -> Self {
        let mut all = Self { values: vec![ContextValue::Absent], words: vec!["absent".to_owned()], complete };
        for text in texts {
            all.values.push(ContextValue::Known(vec![Arc::clone(text)]));
            all.words.push(word(text));
        }
        all
    }

    /// All subsets of a few values; of many only the small ones and the whole
    fn sets(texts: &BTreeSet<Arc<str>>, complete: bool) -> Self {
        let texts: Vec<&Arc<str>> = texts.iter().collect();
        let mut all = Self { values: vec![ContextValue::Absent], words: vec!["absent".to_owned()], complete };
        all.complete &= texts.len() <= SUBSET_LIMIT + 1;
        let masks: Vec<u32> = match u32::try_from(texts.len()) {
            Ok(count) if texts.len() <= SUBSET_LIMIT + 1 => (1..1_u32 << count).collect(),
            _ => (0..texts.len().min(24)).map(|bit| 1_u32 << bit).collect(),
        };
        for mask in masks {
            let chosen: Vec<Arc<str>> = texts
                .iter()
                .enumerate()
                .filter(|(bit, _)| mask >> bit & 1 == 1)
                .map(|(_, text)| Arc::clone(text))
                .collect();
            let words: Vec<String> = chosen.iter().map(|text| word(text)).collect();
            all.words.push(format!("{{{}}}", words.join(", ")));
            all.values.push(ContextValue::Known(chosen));
        }
        all
    }
}

/// Adds what a constant of an operator suggests; false when its values cannot all be stood for
fn collect(
    kind: Kind,
    constant: &Arc<str>,
    texts: &mut BTreeSet<Arc<str>>,
    more: (&mut Vec<IpNet>, &mut BTreeSet<Arc<str>>),
) -> bool {
    let (ranges, wildcards) = more;
    // Escapes and variables stand for other texts than they are written with.
    let open = constant.contains("${");
    if open {
        let plain = ["${*}", "${?}", "${$}"].into_iter().zip(["*", "?", "$"]);
        texts.insert(
            plain.fold(constant.to_string(), |text, (escape, character)| text.replace(escape, character)).into(),
        );
    }
    let stood_for = match kind {
        Kind::Null => true,
        Kind::IpAddress | Kind::NotIpAddress => {
            let range = constant.parse::<IpNet>().or_else(|_| constant.parse::<IpAddr>().map(IpNet::from));
            let Ok(range) = range else { return true };
            texts.insert(range.network().to_string().into());
            ranges.push(range.trunc());
            true
        }
        Kind::StringLike
        | Kind::StringNotLike
        | Kind::ArnLike
        | Kind::ArnEquals
        | Kind::ArnNotLike
        | Kind::ArnNotEquals => {
            let wild = constant.contains(['*', '?']);
            if wild {
                wildcards.insert(Arc::clone(constant));
            }
            let sample: String = constant.replace('*', "").replace('?', "x");
            texts.insert(sample.as_str().into());
            texts.insert(constant.replace('*', OTHER).replace('?', "x").into());
            true
        }
        Kind::StringEqualsIgnoreCase | Kind::StringNotEqualsIgnoreCase => {
            texts.extend([Arc::clone(constant), constant.to_uppercase().into(), constant.to_lowercase().into()]);
            true
        }
        _ if is_ordered(kind) => neighbours(kind, constant, texts),
        _ => {
            texts.insert(Arc::clone(constant));
            true
        }
    };
    stood_for && !open
}

fn is_ordered(kind: Kind) -> bool {
    use Kind::{
        DateEquals, DateGreaterThan, DateGreaterThanEquals, DateLessThan, DateLessThanEquals, DateNotEquals,
        NumericEquals, NumericGreaterThan, NumericGreaterThanEquals, NumericLessThan, NumericLessThanEquals,
        NumericNotEquals,
    };
    let numeric = [
        NumericEquals,
        NumericNotEquals,
        NumericLessThan,
        NumericLessThanEquals,
        NumericGreaterThan,
        NumericGreaterThanEquals,
    ];
    let date = [DateEquals, DateNotEquals, DateLessThan, DateLessThanEquals, DateGreaterThan, DateGreaterThanEquals];
    numeric.contains(&kind) || date.contains(&kind)
}

/// A number and its neighbours; of dates and fractions only the constant itself, which is not all there is
///
/// What is neither a number nor a date matches nothing, so nothing stands for it.
fn neighbours(kind: Kind, constant: &Arc<str>, texts: &mut BTreeSet<Arc<str>>) -> bool {
    if !is_readable(kind, constant) {
        return true;
    }
    texts.insert(Arc::clone(constant));
    let Ok(number) = constant.parse::<i32>() else { return false };
    let number = f64::from(number);
    texts.extend([-1.0, -0.5, 0.5, 1.0].map(|step| (number + step).to_string().into()));
    true
}

fn is_prefix_pattern(pattern: &str) -> bool {
    pattern.find(['*', '?']).is_some_and(|at| at + 1 == pattern.len() && pattern.ends_with('*'))
}

fn disjoint(ranges: &[IpNet]) -> bool {
    let touching = |(index, one): (usize, &IpNet)| {
        ranges
            .iter()
            .skip(index + 1)
            .any(|other| one != other && (one.contains(&other.network()) || other.contains(&one.network())))
    };
    !ranges.iter().enumerate().any(touching)
}

/// One address of each family outside all ranges
fn outside(ranges: &[IpNet]) -> Vec<String> {
    const CANDIDATES: [&str; 8] = [
        "192.0.2.255",
        "198.51.100.7",
        "233.252.0.1",
        "8.8.4.4",
        "10.255.255.254",
        "2001:db8:ffff::1",
        "fd00::1",
        "2600::1",
    ];
    if ranges.is_empty() {
        return Vec::new();
    }
    let free = CANDIDATES
        .iter()
        .filter_map(|text| text.parse::<IpAddr>().ok())
        .filter(|address| !ranges.iter().any(|range| range.contains(address)));
    let (mut four, mut six) = (None, None);
    for address in free {
        let slot = if address.is_ipv4() { &mut four } else { &mut six };
        slot.get_or_insert(address);
    }
    [four, six].into_iter().flatten().map(|address| address.to_string()).collect()
}

fn word(text: &str) -> String {
    if text == OTHER { "any other value".to_owned() } else { format!("`{text}`") }
}
