//! The files of one KMS key, and the aliases

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::facts::{Fact, Grant, GrantConstraint, Key, KeyManager, KeyMetadata};
use crate::iam::Arn;
use crate::json::{Node, Value};
use crate::policy::{Document, PolicyType};
use crate::source::Problems;

use super::files::{Gathered, JsonFile, Wanted};
use super::shape::Shape;
use super::{SnapshotFiles, documents};

/// The path of the list of aliases
pub(super) const ALIASES: &str = "kms/aliases.json";

const CUT_SHORT: &str = "the list in the file is cut short, take it again without --max-items";

/// Reads the folder of one key
///
/// # Errors
/// All problems of all its files; one of them is a file that is about another key.
pub(super) fn key(files: &dyn SnapshotFiles, key_id: &str) -> Result<Key, Problems> {
    let wanted = |file: &str, what: &str, command: &str| {
        Wanted::named(("kms", key_id, file), format!("{what} of key `{key_id}`"), &format!("aws kms {command}"))
    };
    let metadata = wanted("key.json", "the state and specification", "describe-key");
    let policy = wanted("policy.json", "the key policy", "get-key-policy");
    let grants = wanted("grants.json", "the grants", "list-grants");

    let mut gathered = Gathered::default();
    let key = Key {
        metadata: gathered.fact(metadata.read(files, |json| read_metadata(json, key_id))),
        policy: gathered.fact(policy.read(files, |json| read_policy(json, key_id))),
        grants: gathered.fact(grants.read(files, |json| read_grants(json, key_id, &grants))),
    };
    gathered.finish(key)
}

fn read_metadata(json: &JsonFile, key_id: &str) -> Result<Fact<KeyMetadata>, Problems> {
    let mut shape = Shape::new(&json.file.name);
    let metadata = shape.member(&json.node, "KeyMetadata").and_then(|node| metadata(&mut shape, node, key_id));
    shape.finish(metadata).map(Fact::Known)
}

fn metadata(shape: &mut Shape<'_>, node: &Node, key_id: &str) -> Option<KeyMetadata> {
    let arn: Option<Arn> = shape
        .text(node, "Arn")
        .and_then(|text| text.parse().map_err(|error| shape.report(node.at, format!("`Arn`: {error}"))).ok());
    if let Some(arn) = &arn
        && arn.resource().strip_prefix("key/") != Some(key_id)
    {
        shape.report(node.at, format!("the file describes `{arn}`, its folder is that of key `{key_id}`"));
    }
    let state = shape.text(node, "KeyState");
    // The older name is what the AWS CLI printed before 2021.
    let spec = match shape.optional_text(node, "KeySpec") {
        Some(spec) => Some(spec),
        None if node.member("CustomerMasterKeySpec").is_some() => shape.text(node, "CustomerMasterKeySpec"),
        None => shape.text(node, "KeySpec"),
    };
    let usage = shape.text(node, "KeyUsage");
    let manager = match shape.text(node, "KeyManager") {
        Some("AWS") => Some(KeyManager::Aws),
        Some("CUSTOMER") => Some(KeyManager::Customer),
        Some(other) => {
            shape.report(node.at, format!("`KeyManager` is `{other}`, expected `AWS` or `CUSTOMER`"));
            None
        }
        None => None,
    };
    // Left out by older AWS CLIs; the id of a multi-Region key says so itself.
    let multi_region = shape.optional_flag(node, "MultiRegion").unwrap_or_else(|| key_id.starts_with("mrk-"));
    Some(KeyMetadata {
        arn: arn?,
        state: state?.to_owned(),
        spec: spec?.to_owned(),
        usage: usage?.to_owned(),
        manager: manager?,
        multi_region,
    })
}

/// A key has one key policy, named `default`; a second one, `AWS_RAM`, is for sharing and not meant here
fn read_policy(json: &JsonFile, key_id: &str) -> Result<Fact<Arc<Document>>, Problems> {
    if let Some(name) = json.node.member("PolicyName")
        && name.text() != Some("default")
    {
        let mut shape = Shape::new(&json.file.name);
        shape.report(name.at, "this is not the key policy, whose name is `default`");
        return shape.finish(None);
    }
    let name = format!("kms/{key_id}/policy.json");
    documents::wrapped(&json.file, &json.node, &name, PolicyType::Key).map(Fact::Known)
}

fn read_grants(json: &JsonFile, key_id: &str, wanted: &Wanted) -> Result<Fact<Vec<Grant>>, Problems> {
    let mut shape = Shape::new(&json.file.name);
    let nodes = shape.list(&json.node, "Grants");
    let grants = nodes.iter().filter_map(|node| grant(&mut shape, node, key_id, &json.file.name)).collect();
    let cut_short = is_cut_short(&mut shape, &json.node);
    let grants = shape.finish(Some(grants))?;
    Ok(if cut_short { wanted.missing(CUT_SHORT) } else { Fact::Known(grants) })
}

/// Whether a list ends before its time; what it does not hold is then not known
fn is_cut_short(shape: &mut Shape<'_>, node: &Node) -> bool {
    shape.optional_flag(node, "Truncated").unwrap_or(false) || shape.optional(node, "NextToken").is_some()
}

fn grant(shape: &mut Shape<'_>, node: &Node, key_id: &str, file: &Arc<str>) -> Option<Grant> {
    if let Some(other) = shape.optional_text(node, "KeyId")
        && other.rsplit('/').next() != Some(key_id)
    {
        shape.report(node.at, format!("the grant is on key `{other}`, its folder is that of key `{key_id}`"));
    }
    let id = shape.text(node, "GrantId");
    let grantee = match shape.optional_text(node, "GranteeServicePrincipal") {
        Some(service) => Some(service),
        None => shape.text(node, "GranteePrincipal"),
    };
    let retiring = match shape.optional_text(node, "RetiringServicePrincipal") {
        Some(service) => Some(service),
        None => shape.optional_text(node, "RetiringPrincipal"),
    };
    shape.member(node, "Operations");
    let operations = shape.optional_texts(node, "Operations");
    let constraint = shape.optional(node, "Constraints").and_then(|node| constraint(shape, node));
    Some(Grant {
        id: id?.to_owned(),
        grantee: grantee?.to_owned(),
        retiring: retiring.map(str::to_owned),
        operations,
        constraint,
        file: Arc::clone(file),
    })
}

/// A constraint that is not one of the two on the encryption context is kept by name, never dropped
fn constraint(shape: &mut Shape<'_>, node: &Node) -> Option<GrantConstraint> {
    if !matches!(node.value, Value::Object(_)) {
        shape.report(node.at, format!("`Constraints` must be an object, this is {}", node.kind()));
    }
    match node.members() {
        [] => None,
        [only] if only.key == "EncryptionContextEquals" => {
            Some(GrantConstraint::Equals(encryption_context(shape, &only.value, &only.key)))
        }
        [only] if only.key == "EncryptionContextSubset" => {
            Some(GrantConstraint::Subset(encryption_context(shape, &only.value, &only.key)))
        }
        members => {
            let names: Vec<&str> = members.iter().map(|member| member.key.as_str()).collect();
            Some(GrantConstraint::Other(names.join(" with ")))
        }
    }
}

fn encryption_context(shape: &mut Shape<'_>, node: &Node, key: &str) -> BTreeMap<String, String> {
    if !matches!(node.value, Value::Object(_)) {
        shape.report(node.at, format!("`{key}` must be an object, this is {}", node.kind()));
    }
    let mut context = BTreeMap::new();
    for member in node.members() {
        if let Some(value) = shape.text(node, &member.key) {
            context.insert(member.key.clone(), value.to_owned());
        }
    }
    context
}

/// Reads `kms/aliases.json`
///
/// # Errors
/// All problems of the file; one of them is an alias that stands twice with different keys, as in
/// lists of several Regions put together.
pub(super) fn aliases(files: &dyn SnapshotFiles) -> Result<Fact<BTreeMap<String, String>>, Problems> {
    let wanted = Wanted::new(ALIASES, "the aliases of KMS keys", "aws kms list-aliases");
    wanted.read(files, |json| {
        let mut shape = Shape::new(&json.file.name);
        let mut aliases = BTreeMap::new();
        for node in shape.list(&json.node, "Aliases") {
            let name = shape.text(node, "AliasName");
            // Aliases of AWS managed keys that nobody has used yet stand for no key.
            let key = shape.optional_text(node, "TargetKeyId");
            let (Some(name), Some(key)) = (name, key) else { continue };
            let before = aliases.insert(name.to_owned(), key.to_owned());
            if before.is_some_and(|before| before != key) {
                shape.report(node.at, format!("`{name}` stands twice, with different keys"));
            }
        }
        let cut_short = is_cut_short(&mut shape, &json.node);
        let aliases = shape.finish(Some(aliases))?;
        Ok(if cut_short { wanted.missing(CUT_SHORT) } else { Fact::Known(aliases) })
    })
}
