//! Finding a principal in the export of IAM

use crate::facts::{Fact, Identity, MissingFact};
use crate::iam::{Arn, Principal, PrincipalKind};
use crate::source::{Problem, Problems};

use super::attachments::{Holder, Policies, assemble};
use super::export::{Entry, Export, FILE, FOLDER, List, missing};
use super::files::NOT_THERE;
use super::roles::{is_gone, role_path};
use super::{Snapshot, SnapshotFiles};

/// What a snapshot says of who somebody is
pub(in crate::facts) enum Standing {
    /// Somebody without identity policies: a service, a web identity, nobody
    Bare,
    /// The root user
    Root(Identity),
    /// A user or role of the export
    Known(Holder),
    /// The export has no such user or role
    Nobody(Problem),
    /// It cannot be told
    Unknown(MissingFact),
}

/// Reads what is attached to a principal
///
/// # Errors
/// When the export cannot be read, does not know the principal, or holds policies with problems.
pub(super) fn identity(snapshot: &Snapshot<'_>, principal: &Principal) -> Result<Fact<Identity>, Problems> {
    match standing(snapshot, principal)? {
        Standing::Bare => Ok(Fact::Absent),
        Standing::Root(identity) => Ok(Fact::Known(identity)),
        Standing::Known(holder) => {
            let policies =
                |policies: Option<&dyn Policies>| policies.map(|policies| assemble(holder, policies)).transpose();
            Ok(snapshot.with_policies(policies)?.map_or(Fact::Absent, Fact::Known))
        }
        Standing::Nobody(problem) => Err(problem.into()),
        Standing::Unknown(missing) => Ok(Fact::Unknown(missing)),
    }
}

/// Finds a principal in the export
///
/// # Errors
/// When the export cannot be read, and when the principal's entry has no well-formed ARN.
pub(in crate::facts) fn standing(snapshot: &Snapshot<'_>, principal: &Principal) -> Result<Standing, Problems> {
    let missing = |why: String| Ok(Standing::Unknown(missing(format!("the policies of `{principal}`"), why)));
    if principal.has_no_identity_side() {
        return Ok(Standing::Bare);
    }
    if let (Some(theirs), Some(ours)) = (principal.account(), &snapshot.environment.account)
        && theirs != ours
    {
        return missing(format!("the principal is of account {theirs}, the snapshot of account {ours}"));
    }
    let list = match principal.kind() {
        PrincipalKind::Root => return root(principal).map(Standing::Root),
        PrincipalKind::FederatedUser => {
            return missing("the IAM user behind a federated user session cannot be told from its ARN".to_owned());
        }
        PrincipalKind::User => List::Users,
        _ => List::Roles,
    };
    match listed(snapshot, list, principal)? {
        Listed::Found(holder) => Ok(Standing::Known(*holder)),
        Listed::Missing(why) => missing(why),
        Listed::NotThere(problem) => Ok(Standing::Nobody(problem)),
    }
}

/// Reads what is attached to a role that acts for a request; `Absent` when it is noted that there is none
///
/// # Errors
/// When the export cannot be read, or holds policies with problems.
pub(super) fn role(snapshot: &Snapshot<'_>, arn: &Arn) -> Result<Fact<Identity>, Problems> {
    let unknown = |why: String| Ok(Fact::Unknown(missing(format!("the policies of `{arn}`"), why)));
    let principal: Principal = match arn.as_str().parse() {
        Ok(principal) => principal,
        Err(_) => return unknown("it is no role".to_owned()),
    };
    if principal.kind() != PrincipalKind::Role {
        return unknown("it is no role".to_owned());
    }
    if let (Some(theirs), Some(ours)) = (principal.account(), &snapshot.environment.account)
        && theirs != ours
    {
        return unknown(format!("the role is of account {theirs}, the snapshot of account {ours}"));
    }
    let why = match listed(snapshot, List::Roles, &principal)? {
        Listed::Found(holder) => {
            let policies =
                |policies: Option<&dyn Policies>| policies.map(|policies| assemble(*holder, policies)).transpose();
            return Ok(snapshot.with_policies(policies)?.map_or(Fact::Absent, Fact::Known));
        }
        Listed::Missing(why) => why,
        Listed::NotThere(problem) => {
            let near = problem.help.map(|help| format!("; {help}")).unwrap_or_default();
            format!("{}{near}", problem.message)
        }
    };
    let path = role_path(arn);
    if is_gone(&snapshot.files, &path)? {
        return Ok(Fact::Absent);
    }
    unknown(snapshot.files.why_missing(&path).map_or(why, str::to_owned))
}

/// The roles of the export that are called much like this one, in words
///
/// # Errors
/// When the export cannot be read.
pub(super) fn near_role(snapshot: &Snapshot<'_>, arn: &Arn) -> Result<Option<String>, Problems> {
    let (Ok(principal), Some(export)) = (arn.as_str().parse(), snapshot.export()?) else { return Ok(None) };
    Ok(near(export, &[List::Roles], &principal))
}

/// What the export says of a principal
enum Listed {
    Found(Box<Holder>),
    /// Why it cannot be told
    Missing(String),
    NotThere(Problem),
}

fn listed(snapshot: &Snapshot<'_>, list: List, principal: &Principal) -> Result<Listed, Problems> {
    let noted = snapshot.files.why_missing(&format!("{FOLDER}/{FILE}"));
    let Some(export) = snapshot.export()? else {
        return Ok(Listed::Missing(noted.unwrap_or(NOT_THERE).to_owned()));
    };
    if let Some(detail) = export.find(list, |entry| is_of(entry, principal))? {
        return Holder::read(list, &detail).map(Box::new).map(Listed::Found);
    }
    if export.is_cut_short() {
        return Ok(Listed::Missing("the export ends before its last page".to_owned()));
    }
    // The export holds roles of the request, and it is noted why it does not hold its principal.
    if let Some(noted) = noted {
        return Ok(Listed::Missing(noted.to_owned()));
    }
    if !export.has(list) {
        return Ok(Listed::Missing(format!("the export holds no {}s", list.word())));
    }
    Ok(Listed::NotThere(unknown_principal(export, list, principal)))
}

/// The root user has no policies of its own
pub(in crate::facts) fn root(principal: &Principal) -> Result<Identity, Problems> {
    let arn = principal.as_str().parse().map_err(|error| Problem::general(format!("{error}")))?;
    Ok(Identity::bare(arn))
}

/// A user or role by its whole ARN; a session by its role's account and name, since its ARN drops the path
fn is_of(entry: &Entry, principal: &Principal) -> bool {
    if principal.kind() != PrincipalKind::RoleSession {
        return entry.arn == principal.as_str();
    }
    entry.name == principal.name()
        && entry.arn.parse::<Arn>().is_ok_and(|arn| {
            Some(arn.partition()) == principal.partition() && arn.account().as_ref() == principal.account()
        })
}

/// The problem of a principal that the export does not know, with up to three near matches
fn unknown_principal(export: &Export, list: List, principal: &Principal) -> Problem {
    let message = match principal.kind() {
        PrincipalKind::RoleSession => {
            format!("the snapshot has no role `{}`, whose session is `{principal}`", principal.name())
        }
        kind => format!("the snapshot has no {} `{principal}`", kind.words()),
    };
    let problem = Problem::general(message);
    if let Some(near) = near(export, &[List::Users, List::Roles], principal) {
        return problem.with_help(near);
    }
    match export.entries(list).count() {
        0 => problem.with_help(format!("the export lists no {0} at all; was it filtered?", list.word())),
        count => problem.with_help(format!("the export lists {count} {}(s), none with a like name", list.word())),
    }
}

/// Up to three of these lists with like names, in words
fn near(export: &Export, lists: &[List], principal: &Principal) -> Option<String> {
    let mut near: Vec<(f64, &Entry)> = lists
        .iter()
        .flat_map(|list| export.entries(*list))
        .map(|entry| (likeness(entry, principal), entry))
        .filter(|(score, _)| *score >= 0.8)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.arn.cmp(&other.1.arn)));
    near.dedup_by(|one, other| one.1.arn == other.1.arn);
    let near: Vec<String> = near.iter().take(3).map(|(_, entry)| format!("`{}`", entry.arn)).collect();
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}

/// How alike the names or the path and name are, from 0 to 1
fn likeness(entry: &Entry, principal: &Principal) -> f64 {
    let path_and_name = entry.arn.splitn(6, ':').nth(5).unwrap_or_default();
    let by_name = strsim::jaro_winkler(&entry.name.to_lowercase(), &principal.name().to_lowercase());
    by_name.max(strsim::normalized_levenshtein(path_and_name, principal.resource()))
}
