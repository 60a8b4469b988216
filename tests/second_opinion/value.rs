//! Typed values: numbers, instants, addresses, bytes; nothing for what is malformed (E167, E169, E171–E174, E187)

use std::cmp::Ordering;
use std::net::IpAddr;

/// A decimal number in a form that compares exactly: sign, integer digits, fraction digits
pub(crate) fn compare_numbers(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (number(left)?, number(right)?);
    let width = left.1.len().max(right.1.len());
    let places = left.2.len().max(right.2.len());
    let digits = |(_, whole, fraction): &(bool, String, String)| format!("{whole:0>width$}{fraction:0<places$}");
    let (l, r) = (digits(&left), digits(&right));
    let zero = |text: &str| text.chars().all(|char| char == '0');
    let negative = |is: bool, text: &str| is && !zero(text);
    Some(match (negative(left.0, &l), negative(right.0, &r)) {
        (false, false) => l.cmp(&r),
        (true, true) => r.cmp(&l),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

fn number(text: &str) -> Option<(bool, String, String)> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let all_digits = |text: &str| !text.is_empty() && text.chars().all(|char| char.is_ascii_digit());
    let valid = all_digits(whole) && fraction.is_none_or(all_digits);
    valid.then(|| (negative, whole.to_owned(), fraction.unwrap_or_default().to_owned()))
}

/// Nanoseconds since 1970 (E169)
pub(crate) fn instant(text: &str) -> Option<i128> {
    const NANOS: i128 = 1_000_000_000;
    let only_digits = !text.is_empty() && text.chars().all(|char| char.is_ascii_digit());
    if only_digits && text.len() > 4 {
        return text.parse::<i128>().ok().map(|seconds| seconds * NANOS);
    }
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let fields: Vec<&str> = date.split('-').collect();
    if fields.len() > 3 || (time.is_some() && fields.len() != 3) {
        return None;
    }
    let year = fixed(fields[0], 4)?;
    let month = fields.get(1).map_or(Some(1), |text| fixed(text, 2))?;
    let day = fields.get(2).map_or(Some(1), |text| fixed(text, 2))?;
    if !(1..=12).contains(&month) || day < 1 || day > days_of_month(year, month) {
        return None;
    }
    let time = time.map_or(Some(0), time_of_day)?;
    Some(days_since_1970(year, month, day) * 86_400 * NANOS + time)
}

fn fixed(text: &str, width: usize) -> Option<i128> {
    let valid = text.len() == width && text.chars().all(|char| char.is_ascii_digit());
    valid.then(|| text.parse().unwrap())
}

fn is_leap(year: i128) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i128, month: i128) -> i128 {
    match month {
        2 => 28 + i128::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counted year by year and month by month
fn days_since_1970(year: i128, month: i128, day: i128) -> i128 {
    let length = |year| 365 + i128::from(is_leap(year));
    let years: i128 = (1970..year).map(length).sum::<i128>() - (year..1970).map(length).sum::<i128>();
    let months: i128 = (1..month).map(|month| days_of_month(year, month)).sum();
    years + months + day - 1
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f`, then `Z`, `±hh:mm` or nothing, in nanoseconds since midnight UTC
fn time_of_day(text: &str) -> Option<i128> {
    let zone_at = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone_at);
    let fields: Vec<&str> = clock.split(':').collect();
    if fields.len() < 2 || fields.len() > 3 {
        return None;
    }
    let (hours, minutes) = (fixed(fields[0], 2)?, fixed(fields[1], 2)?);
    let (seconds, nanos) = fields.get(2).map_or(Some((0, 0)), |text| seconds(text))?;
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let offset = offset_minutes(zone)?;
    Some(((hours * 60 + minutes - offset) * 60 + seconds) * 1_000_000_000 + nanos)
}

fn seconds(text: &str) -> Option<(i128, i128)> {
    let Some((whole, fraction)) = text.split_once('.') else { return Some((fixed(text, 2)?, 0)) };
    let valid = (1..=9).contains(&fraction.len()) && fraction.chars().all(|char| char.is_ascii_digit());
    Some((fixed(whole, 2)?, valid.then(|| format!("{fraction:0<9}").parse().unwrap())?))
}

fn offset_minutes(zone: &str) -> Option<i128> {
    if zone.is_empty() || zone == "Z" {
        return Some(0);
    }
    let (hours, minutes) = zone.split_at(1).1.split_once(':')?;
    let (hours, minutes) = (fixed(hours, 2)?, fixed(minutes, 2)?);
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

/// An address with a prefix length: the first bits that count
#[derive(Debug)]
pub(crate) struct Network {
    bits: Vec<bool>,
    length: usize,
}

impl Network {
    pub(crate) fn contains(&self, address: &[bool]) -> bool {
        self.bits.len() == address.len() && self.bits[..self.length] == address[..self.length]
    }
}

/// `a.b.c.d`, `a.b.c.d/n` and the same for IPv6 (E172a)
pub(crate) fn network(text: &str) -> Option<Network> {
    let (address_text, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let bits = address(address_text)?;
    let length = match length {
        None => bits.len(),
        Some(length) => length.parse().ok()?,
    };
    (length <= bits.len()).then_some(Network { bits, length })
}

/// The bits of an address; an IPv4-mapped one is IPv4 (E174)
pub(crate) fn address(text: &str) -> Option<Vec<bool>> {
    let address: IpAddr = text.parse().ok()?;
    let octets = match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    Some(octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1)).collect())
}

/// `true` or `false` in any letter case (E170)
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The bytes of a padded base64 text (E171)
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    if !text.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut bits = Vec::new();
    for char in digits.chars() {
        let digit = ALPHABET.find(char)?;
        bits.extend((0..6).rev().map(|bit| digit >> bit & 1 == 1));
    }
    let (whole, rest) = bits.as_chunks::<8>();
    if rest.contains(&true) {
        return None;
    }
    Some(whole.iter().map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect())
}
