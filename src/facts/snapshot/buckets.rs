//! The files of one bucket

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::facts::{
    Bucket, BucketOwner, DefaultEncryption, EncryptionAlgorithm, Fact, ObjectOwnership, PublicAccessBlock,
};
use crate::iam::Region;
use crate::json::Node;
use crate::policy::PolicyType;
use crate::source::Problems;

use super::files::{Gathered, JsonFile, Wanted};
use super::shape::Shape;
use super::{SnapshotFiles, documents, objects};

/// Reads the folder of one bucket
///
/// # Errors
/// All problems of all its files.
pub(super) fn bucket(files: &dyn SnapshotFiles, name: &str) -> Result<Bucket, Problems> {
    let wanted = |file: &str, what: &str, command: &str| {
        Wanted::named(("s3", name, file), format!("{what} of bucket `{name}`"), &format!("aws s3api {command}"))
    };
    let read_policy = |json: &JsonFile| {
        let name = format!("s3/{name}/policy.json");
        documents::wrapped(&json.file, &json.node, &name, PolicyType::Resource).map(Fact::Known)
    };
    let location = wanted("location.json", "the Region", "get-bucket-location");
    let owner = wanted("owner.json", "the owner", "head-bucket --expected-bucket-owner ACCOUNT");
    let encryption = wanted("encryption.json", "the default encryption", "get-bucket-encryption");
    let policy = wanted("policy.json", "the policy", "get-bucket-policy");
    let public = wanted("public-access-block.json", "the public access block", "get-public-access-block");
    let ownership = wanted("ownership-controls.json", "the object ownership", "get-bucket-ownership-controls");
    let objects = listing(name);

    let mut gathered = Gathered::default();
    let bucket = Bucket {
        location: gathered.fact(location.read(files, read_location)),
        owner: gathered.fact(owner.read(files, read_owner)),
        encryption: gathered.fact(encryption.read(files, read_encryption)),
        policy: gathered.fact(policy.read(files, read_policy)),
        public_access_block: gathered.fact(public.read(files, read_public_access_block)),
        ownership: gathered.fact(ownership.read(files, read_ownership)),
        objects: gathered.fact(objects::table(files, &objects).map(|table| table.map(Arc::new))),
    };
    gathered.finish(bucket)
}

/// Reads the keys of a bucket's objects
///
/// # Errors
/// All malformed lines, at most a hundred.
pub(super) fn object_keys(files: &dyn SnapshotFiles, name: &str) -> Result<Fact<BTreeSet<String>>, Problems> {
    objects::keys(files, &listing(name))
}

fn listing(name: &str) -> Wanted {
    let what = format!("the encryption of the objects of bucket `{name}`");
    Wanted::named(("s3", name, "objects.jsonl"), what, "aws s3api head-object, one output a line")
}

/// `null` is us-east-1 and `EU` is eu-west-1, names from before there were Regions
fn read_location(json: &JsonFile) -> Result<Fact<Region>, Problems> {
    const KEY: &str = "LocationConstraint";
    let mut shape = Shape::new(&json.file.name);
    // `Shape::member` takes `null` for left out; here it is a value.
    let word = match json.node.member(KEY) {
        Some(node) if node.is_null() => Some("us-east-1"),
        _ => shape.text(&json.node, KEY),
    };
    let word = word.map(|word| if word == "EU" { "eu-west-1" } else { word });
    let region =
        word.and_then(|word| word.parse().map_err(|error| shape.report(json.node.at, format!("{error}"))).ok());
    shape.finish(region).map(Fact::Known)
}

/// The account that was named as the expected owner, and whether S3 found it to be
fn read_owner(json: &JsonFile) -> Result<Fact<BucketOwner>, Problems> {
    const KEY: &str = "ExpectedBucketOwner";
    let mut shape = Shape::new(&json.file.name);
    let matches = shape.optional_flag(&json.node, "Matches").unwrap_or(true);
    let account = shape
        .text(&json.node, KEY)
        .and_then(|text| text.parse().map_err(|error| shape.report(json.node.at, format!("`{KEY}`: {error}"))).ok());
    let owner =
        account.map(|account| if matches { BucketOwner::Account(account) } else { BucketOwner::NotAccount(account) });
    shape.finish(owner).map(Fact::Known)
}

fn read_encryption(json: &JsonFile) -> Result<Fact<DefaultEncryption>, Problems> {
    let mut shape = Shape::new(&json.file.name);
    let encryption = default_encryption(&mut shape, &json.node);
    shape.finish(encryption).map(Fact::Known)
}

fn default_encryption(shape: &mut Shape<'_>, node: &Node) -> Option<DefaultEncryption> {
    let configuration = shape.member(node, "ServerSideEncryptionConfiguration")?;
    let rules = shape.member(configuration, "Rules")?;
    let [rule] = rules.elements() else {
        shape.report(rules.at, "`Rules` must be an array of exactly one rule, which is all that S3 keeps");
        return None;
    };
    let default = shape.member(rule, "ApplyServerSideEncryptionByDefault")?;
    let algorithm = match shape.text(default, "SSEAlgorithm")? {
        "AES256" => EncryptionAlgorithm::SseS3,
        "aws:kms" => EncryptionAlgorithm::Kms,
        "aws:kms:dsse" => EncryptionAlgorithm::KmsDsse,
        other => EncryptionAlgorithm::Other(other.to_owned()),
    };
    let key = shape.optional_text(default, "KMSMasterKeyID").map(str::to_owned);
    // S3 leaves the member out for buckets that never set it; a Bucket Key is off by default.
    let bucket_key = shape.optional_flag(rule, "BucketKeyEnabled").unwrap_or(false);
    Some(DefaultEncryption { algorithm, key, bucket_key })
}

fn read_ownership(json: &JsonFile) -> Result<Fact<ObjectOwnership>, Problems> {
    let mut shape = Shape::new(&json.file.name);
    let ownership = ownership(&mut shape, &json.node);
    shape.finish(ownership).map(Fact::Known)
}

fn ownership(shape: &mut Shape<'_>, node: &Node) -> Option<ObjectOwnership> {
    let controls = shape.member(node, "OwnershipControls")?;
    let rules = shape.member(controls, "Rules")?;
    let [rule] = rules.elements() else {
        shape.report(rules.at, "`Rules` must be an array of exactly one rule, which is all that S3 keeps");
        return None;
    };
    match shape.text(rule, "ObjectOwnership")? {
        "BucketOwnerEnforced" => Some(ObjectOwnership::Bucket),
        "BucketOwnerPreferred" | "ObjectWriter" => Some(ObjectOwnership::Writer),
        other => {
            let known = "known: `BucketOwnerEnforced`, `BucketOwnerPreferred`, `ObjectWriter`";
            shape.report(rule.at, format!("`{other}` is no object ownership ({known})"));
            None
        }
    }
}

fn read_public_access_block(json: &JsonFile) -> Result<Fact<PublicAccessBlock>, Problems> {
    let mut shape = Shape::new(&json.file.name);
    let block = shape.member(&json.node, "PublicAccessBlockConfiguration").and_then(|switches| {
        let keys = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
        let [block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets] =
            keys.map(|key| shape.flag(switches, key));
        Some(PublicAccessBlock {
            block_public_acls: block_public_acls?,
            ignore_public_acls: ignore_public_acls?,
            block_public_policy: block_public_policy?,
            restrict_public_buckets: restrict_public_buckets?,
        })
    });
    shape.finish(block).map(Fact::Known)
}
