//! Action and resource patterns that cover the request, or narrowly miss it

use super::dice::Dice;
use super::requests::Request;

pub(crate) fn action(dice: &mut Dice<'_>, request: &Request, hit: bool) -> String {
    let (service, operation) = (request.service(), request.operation());
    let cut = dice.below(operation.len());
    let (head, tail) = (upto(operation, cut), from(operation, cut + 1));
    if hit {
        return match dice.weighted(&[30, 20, 12, 15, 10, 8, 5]) {
            0 => request.action.clone(),
            1 => format!("{service}:*"),
            2 => "*".to_owned(),
            3 => format!("{service}:{head}*"),
            4 => format!("{service}:{head}?{tail}"),
            5 => request.action.to_uppercase(),
            _ => format!("{service}:*{}", tail.to_lowercase()),
        };
    }
    match dice.weighted(&[3, 3, 3, 3, 2]) {
        0 => format!("{service}:{operation}?"),
        1 => format!("{service}express:*"),
        2 => format!("{service}:{head}x*"),
        3 => dice.text(&[
            "ec2:*",
            "s3:GetObjectVersion",
            "kms:TagResource",
            "sts:GetFederationToken",
            "sqs:?endMessages",
        ]),
        _ => format!("{service}:{head}?"),
    }
}

/// `short` allows ARNs with fewer than six fields (E66)
pub(crate) fn resource(dice: &mut Dice<'_>, request: &Request, hit: bool, short: bool) -> String {
    let full = &request.resource;
    if full == "*" {
        let listing = request.action == "s3:ListAllMyBuckets" && dice.chance(30);
        let miss = if listing { "arn:aws:s3:::*" } else { "arn:aws:s3:::lumen" };
        return if hit { "*".to_owned() } else { miss.to_owned() };
    }
    let pattern = if hit { covering(dice, full) } else { missing(dice, full) };
    let fields = pattern.split(':').count();
    let acceptable = pattern == "*" || fields >= 6 || short && fields >= 3 && dice.chance(30);
    if acceptable { pattern } else { full.clone() }
}

fn upto(text: &str, at: usize) -> &str {
    text.split_at(at).0
}

fn from(text: &str, at: usize) -> &str {
    text.split_at(at).1
}

/// The byte where the resource part begins
fn resource_part(full: &str) -> usize {
    full.match_indices(':').nth(4).map_or(0, |(at, _)| at + 1)
}

fn covering(dice: &mut Dice<'_>, full: &str) -> String {
    let part = resource_part(full);
    let at = part + dice.below(full.len() - part);
    match dice.weighted(&[22, 18, 20, 8, 8, 10, 8, 6]) {
        0 => full.to_owned(),
        1 => "*".to_owned(),
        2 => format!("{}*", upto(full, at)),
        3 => format!("{}?{}", upto(full, at), from(full, at + 1)),
        4 => {
            let end = at + dice.below(full.len() - at);
            format!("{}*{}", upto(full, at), from(full, end))
        }
        5 => with_variable(dice, full),
        6 => across_colons(dice, full),
        _ => format!("{}*", upto(full, 1.max(dice.below(full.len())))),
    }
}

fn missing(dice: &mut Dice<'_>, full: &str) -> String {
    let part = resource_part(full);
    let at = part + dice.below(full.len() - part);
    match dice.weighted(&[10, 10, 10, 10, 10, 10, 10, 10, 10, 8]) {
        0 => upto(full, at).to_owned() + "z*",
        1 => format!("{full}?"),
        2 => format!("{}{}", upto(full, part), from(full, part).to_uppercase()),
        3 => full.replacen("arn:aws:", "arn:aws-cn:", 1),
        4 => full.replacen("2100000000", "2200000000", 1),
        5 => full.split('/').next().unwrap_or_default().to_owned(),
        6 => format!("{}${{*}}", upto(full, at)),
        7 => format!("{}${{aws:PrincipalTag/none}}*", upto(full, at)),
        8 if dice.chance(20) => full.replacen("21000000001", "${aws:PrincipalAccount}", 1),
        8 => dice.text(&[
            "arn:aws:s3:::lumen",
            "arn:aws:s3:::lumen*",
            "arn:aws:kms:*:210000000011:key/*",
            "arn:aws:sqs:::jobs",
        ]),
        _ => across_colons(dice, full),
    }
}

/// One stretch of the resource part replaced by a variable that may or may not say the same
fn with_variable(dice: &mut Dice<'_>, full: &str) -> String {
    let segments: Vec<&str> = from(full, resource_part(full)).split('/').collect();
    let last = *dice.pick(&segments);
    let variable = dice.text(&[
        "${aws:username}",
        "${aws:PrincipalTag/team}",
        "${aws:PrincipalTag/dept, 'DEFAULT'}",
        "${AWS:PrincipalTag/TEAM}",
        "${aws:PrincipalAccount}",
        "${aws:TagKeys}",
        "${aws:PrincipalTag/dept, ''}",
        "${aws:PrincipalTag/dept, '*'}",
    ]);
    let variable = variable.replace("DEFAULT", last);
    let at = full.rfind(last).filter(|_| !last.is_empty()).unwrap_or(full.len());
    format!("{}{variable}{}", upto(full, at), from(full, at + last.len()))
}

/// A `*` that swallows colons up to a later one (E63)
fn across_colons(dice: &mut Dice<'_>, full: &str) -> String {
    let colons: Vec<usize> = full.match_indices(':').map(|(at, _)| at).collect();
    let end = *dice.pick(&colons);
    let start = 4 + dice.below(end.max(5) - 4);
    let end = end.max(start);
    format!("{}*{}", upto(full, start), from(full, end))
}
