//! Buckets as the plan will leave them
//!
//! A new bucket has no policy, is encrypted with SSE-S3 and blocks public access, unless the plan says otherwise:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>.

use crate::facts::{
    Bucket, DefaultEncryption, EncryptionAlgorithm, Fact, MissingFact, ObjectOwnership, PublicAccessBlock,
};
use crate::json::Node;
use crate::policy::PolicyType;
use crate::source::Problems;

use super::Plan;
use super::providers::Whose;
use super::references::{Link, Target};
use super::resource::{Action, Field, Resource};

const BUCKET: Target = Target { kinds: &["aws_s3_bucket"], attributes: &["id", "bucket"] };
const POLICY: &str = "aws_s3_bucket_policy";
const ENCRYPTION: &str = "aws_s3_bucket_server_side_encryption_configuration";
const PUBLIC: &str = "aws_s3_bucket_public_access_block";
const OWNERSHIP: &str = "aws_s3_bucket_ownership_controls";
/// The block in which earlier versions of the provider kept the encryption
const OLD: &str = "server_side_encryption_configuration";

/// What the plan says of one part of a bucket or key
pub(super) enum Said<'p> {
    /// Nothing
    Nothing,
    /// This resource decides it
    By(&'p Resource),
    /// The plan takes it away
    Gone(&'p Resource),
    /// It cannot be told
    Open(MissingFact),
}

impl Plan {
    /// A bucket after apply
    ///
    /// # Errors
    /// All problems of its policy.
    pub fn bucket(&self, name: &str, base: Bucket) -> Result<Bucket, Problems> {
        let own = self.of_type("aws_s3_bucket").find(|bucket| bucket.text("bucket").known() == Some(name));
        let gone = self
            .of_type("aws_s3_bucket")
            .find(|bucket| bucket.changes_what_was() && bucket.before_text("bucket") == Some(name));
        let mut bucket = match (own, gone) {
            (Some(own), _) if matches!(own.action, Action::Create | Action::Replace { .. }) => {
                self.new_bucket(own, base)
            }
            (Some(own), _) => Bucket { location: self.location_of(own, base.location), ..base },
            (None, Some(gone)) => return Ok(self.lost_bucket(name, gone)),
            (None, None) => base,
        };
        self.blocks_of_old(own, &mut bucket)?;
        let part = |kind: &'static str| self.said(kind, "bucket", (name, own), BUCKET);
        bucket.policy = match part(POLICY) {
            Said::Nothing => bucket.policy,
            Said::By(resource) => self.document(resource, "policy", PolicyType::Resource)?,
            Said::Gone(_) => Fact::Absent,
            Said::Open(missing) => Fact::Unknown(missing),
        };
        bucket.encryption = match part(ENCRYPTION) {
            Said::Nothing => bucket.encryption,
            Said::By(resource) => self.encryption(resource, "rule"),
            // Without a configuration of its own a bucket is encrypted with SSE-S3.
            Said::Gone(_) => Fact::Known(sse_s3()),
            Said::Open(missing) => Fact::Unknown(missing),
        };
        bucket.public_access_block = match part(PUBLIC) {
            Said::Nothing => bucket.public_access_block,
            Said::By(resource) => self.public_access(resource),
            Said::Gone(_) => Fact::Absent,
            Said::Open(missing) => Fact::Unknown(missing),
        };
        bucket.ownership = match part(OWNERSHIP) {
            Said::Nothing => bucket.ownership,
            Said::By(resource) => self.ownership(resource),
            Said::Gone(_) => Fact::Absent,
            Said::Open(missing) => Fact::Unknown(missing),
        };
        if let Some(own) = own.filter(|own| self.whose(own) == Whose::Foreign) {
            let what = format!("the policies that bucket `{name}` is under");
            let why = "its provider works in another account than that of the request";
            bucket.policy = Fact::Unknown(self.open(own, what, why));
        }
        Ok(bucket)
    }

    /// The resource of a type that decides a part of something named
    pub(super) fn said(
        &self,
        kind: &'static str,
        attribute: &str,
        (name, own): (&str, Option<&Resource>),
        target: Target,
    ) -> Said<'_> {
        let (mut by, mut gone, mut open) = (Vec::new(), None, None);
        let of_keys = kind.starts_with("aws_kms_");
        for resource in self.of_type(kind).filter(|resource| !(of_keys && self.is_elsewhere(name, resource))) {
            if resource.changes_what_was() && names(resource.before_text(attribute), name) {
                gone = Some(resource);
            }
            if !resource.stays() {
                continue;
            }
            let is_own = |target: &Resource| own.is_some_and(|own| own.address == target.address);
            match resource.text(attribute) {
                Field::Known(text) if names(Some(text), name) => by.push(resource),
                Field::Known(_) | Field::Absent => {}
                Field::Unknown(why) => match self.link(resource, attribute, target) {
                    Link::One(target) if is_own(target) => by.push(resource),
                    Link::One(_) => {}
                    Link::Among(targets) if !targets.iter().any(|target| is_own(target)) => {}
                    Link::Among(_) | Link::Anything => open = Some((resource, why)),
                },
            }
        }
        let unclear = |resource: &Resource, why: &str| {
            Said::Open(self.open(resource, format!("what `{}` says of `{name}`", resource.address), why))
        };
        match (by.as_slice(), gone, open) {
            ([_, second, ..], _, _) => unclear(second, "two resources of the plan decide it"),
            (_, _, Some((resource, why))) => unclear(resource, &format!("`{attribute}`: {why}")),
            ([only], Some(gone), _) if gone.address != only.address => {
                unclear(only, &format!("`{}` takes it away in the same apply, in no certain order", gone.address))
            }
            ([only], _, _) if only.action == (Action::Replace { create_first: true }) && gone.is_some() => {
                unclear(only, "the new one is made before the old one is destroyed")
            }
            ([only], _, _) => Said::By(only),
            ([], Some(gone), _) => Said::Gone(gone),
            ([], None, _) => Said::Nothing,
        }
    }

    fn new_bucket(&self, own: &Resource, base: Bucket) -> Bucket {
        let what = format!("the encryption of the objects of `{}`", own.address);
        let owner = self.open(own, format!("the owner of `{}`", own.address), "a plan does not say");
        Bucket {
            owner: Fact::Unknown(owner),
            location: self.location_of(own, base.location),
            encryption: Fact::Known(sse_s3()),
            policy: Fact::Absent,
            public_access_block: Fact::Known(PublicAccessBlock {
                block_public_acls: true,
                ignore_public_acls: true,
                block_public_policy: true,
                restrict_public_buckets: true,
            }),
            ownership: Fact::Known(ObjectOwnership::Bucket),
            objects: Fact::Unknown(self.open(own, what, "the bucket is new, and nothing is in it yet")),
        }
    }

    fn location_of(&self, own: &Resource, base: Fact<crate::iam::Region>) -> Fact<crate::iam::Region> {
        match (self.region(own), base) {
            (Some(region), _) => Fact::Known(region),
            (None, known @ Fact::Known(_)) if !matches!(own.action, Action::Create) => known,
            _ => Fact::Unknown(self.open(own, format!("the Region of `{}`", own.address), "its provider does not say")),
        }
    }

    fn lost_bucket(&self, name: &str, gone: &Resource) -> Bucket {
        let open = |what: &str| self.open(gone, format!("{what} of bucket `{name}`"), "the plan deletes the bucket");
        Bucket {
            owner: Fact::Unknown(open("the owner")),
            location: Fact::Unknown(open("the Region")),
            encryption: Fact::Unknown(open("the default encryption")),
            policy: Fact::Unknown(open("the policy")),
            public_access_block: Fact::Unknown(open("the public access block")),
            ownership: Fact::Unknown(open("the object ownership")),
            objects: Fact::Unknown(open("the objects")),
        }
    }

    /// What earlier versions of the provider kept in the bucket itself, where the configuration has it
    fn blocks_of_old(&self, own: Option<&Resource>, bucket: &mut Bucket) -> Result<(), Problems> {
        let Some(own) = own else { return Ok(()) };
        if self.expression(own, "policy").is_some() {
            bucket.policy = self.document(own, "policy", PolicyType::Resource)?;
        }
        if self.expression(own, OLD).is_some() {
            bucket.encryption = match own.after(OLD) {
                Field::Known(node) => match node.elements() {
                    [only] => self.rule(own, only.member("rule")),
                    _ => Fact::Known(sse_s3()),
                },
                Field::Absent => Fact::Known(sse_s3()),
                Field::Unknown(why) => Fact::Unknown(self.open_attribute(own, OLD, why)),
            };
        }
        Ok(())
    }

    fn encryption(&self, resource: &Resource, attribute: &str) -> Fact<DefaultEncryption> {
        match resource.after(attribute) {
            Field::Known(node) => self.rule(resource, Some(node)),
            Field::Absent => self.rule(resource, None),
            Field::Unknown(why) => Fact::Unknown(self.open_attribute(resource, attribute, why)),
        }
    }

    /// The only rule of a configuration of encryption
    fn rule(&self, resource: &Resource, rules: Option<&Node>) -> Fact<DefaultEncryption> {
        let unreadable = || Fact::Unknown(self.open_attribute(resource, "rule", "it is not one rule as expected"));
        let Some([rule]) = rules.map(Node::elements) else { return unreadable() };
        let bucket_key = rule.member("bucket_key_enabled").and_then(Node::boolean).unwrap_or(false);
        let default = rule.member("apply_server_side_encryption_by_default").map(Node::elements);
        let default = match default {
            Some([default]) => default,
            Some([]) | None => return Fact::Known(DefaultEncryption { bucket_key, ..sse_s3() }),
            _ => return unreadable(),
        };
        let text = |key: &str| default.member(key).and_then(Node::text).filter(|text| !text.is_empty());
        let algorithm = match text("sse_algorithm") {
            Some("AES256") => EncryptionAlgorithm::SseS3,
            Some("aws:kms") => EncryptionAlgorithm::Kms,
            Some("aws:kms:dsse") => EncryptionAlgorithm::KmsDsse,
            Some(other) => EncryptionAlgorithm::Other(other.to_owned()),
            None => return unreadable(),
        };
        Fact::Known(DefaultEncryption { algorithm, key: text("kms_master_key_id").map(str::to_owned), bucket_key })
    }

    fn ownership(&self, resource: &Resource) -> Fact<ObjectOwnership> {
        let open = |why: &str| Fact::Unknown(self.open_attribute(resource, "rule", why));
        let rule = match resource.after("rule") {
            Field::Known(node) => node.elements().first(),
            Field::Absent => None,
            Field::Unknown(why) => return open(why),
        };
        match rule.and_then(|rule| rule.member("object_ownership")).and_then(Node::text) {
            Some("BucketOwnerEnforced") => Fact::Known(ObjectOwnership::Bucket),
            Some("BucketOwnerPreferred" | "ObjectWriter") => Fact::Known(ObjectOwnership::Writer),
            _ => open("it is not one rule as expected"),
        }
    }

    fn public_access(&self, resource: &Resource) -> Fact<PublicAccessBlock> {
        let mut open = None;
        let mut switch = |attribute: &'static str| match resource.flag(attribute) {
            Field::Known(value) => value,
            Field::Absent => false,
            Field::Unknown(why) => {
                open = Some((attribute, why));
                false
            }
        };
        let block = PublicAccessBlock {
            block_public_acls: switch("block_public_acls"),
            ignore_public_acls: switch("ignore_public_acls"),
            block_public_policy: switch("block_public_policy"),
            restrict_public_buckets: switch("restrict_public_buckets"),
        };
        match open {
            Some((attribute, why)) => Fact::Unknown(self.open_attribute(resource, attribute, why)),
            None => Fact::Known(block),
        }
    }
}

/// Whether a text names a bucket or key: as it is, or as the end of its ARN
fn names(text: Option<&str>, name: &str) -> bool {
    text.is_some_and(|text| {
        text == name || text.strip_suffix(name).is_some_and(|head| head.ends_with(":::") || head.ends_with(":key/"))
    })
}

fn sse_s3() -> DefaultEncryption {
    DefaultEncryption { algorithm: EncryptionAlgorithm::SseS3, key: None, bucket_key: false }
}
