//! What S3 asks beside the bucket's policy: access control lists and access points (rules E331, E332)
//!
//! Neither is an input. Where one takes part, what it would say is not known, so it can neither make a
//! decision nor be left out of one.

use crate::facts::MissingFact;

use super::binding::same_account;
use super::decide::Authorization;
use super::truth::Truth;

/// Actions that a grant of an access control list can permit
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>)
const LISTED: [&str; 12] = [
    "s3:getbucketacl",
    "s3:getobject",
    "s3:getobjectacl",
    "s3:getobjectversion",
    "s3:getobjectversionacl",
    "s3:listbucket",
    "s3:listbucketmultipartuploads",
    "s3:listbucketversions",
    "s3:putbucketacl",
    "s3:putobject",
    "s3:putobjectacl",
    "s3:putobjectversionacl",
];

/// Actions on keys that are the bucket owner's to permit, whoever owns the object
const BUCKET_OWNERS: [&str; 5] = [
    "s3:abortmultipartupload",
    "s3:deleteobject",
    "s3:deleteobjectversion",
    "s3:listmultipartuploadparts",
    "s3:putobject",
];

/// Whether an access control list may admit a caller from outside the owner's account; inside it grants nothing
pub(super) fn lists_may_admit(request: &Authorization<'_>) -> Truth {
    let lists = in_force(request);
    if lists == Truth::False || same_account(request).is_true() {
        return Truth::False;
    }
    let listed = LISTED.binary_search(&request.question.action.folded()).is_ok();
    if listed { lists } else { Truth::False }
}

/// Whether the object may have another owner, whose word counts and is not known
pub(super) fn other_owner(request: &Authorization<'_>) -> Truth {
    let lists = in_force(request);
    if lists == Truth::False {
        return Truth::False;
    }
    let action = &request.question.action;
    let about_object = action.service() == "s3" && object_key(request.resource.text()).is_some();
    let owners = BUCKET_OWNERS.binary_search(&action.folded()).is_ok();
    if about_object && !owners { lists } else { Truth::False }
}

/// Whether the call goes through an access point, so that the policy of the bucket behind it counts as well
pub(super) fn through_access_point(request: &Authorization<'_>) -> bool {
    let resource = request.resource.text();
    // Buckets and objects are most of what is asked about, and their ARNs name no account.
    if resource.starts_with("arn:aws:s3:::") {
        return false;
    }
    let action = &request.question.action;
    action.service() == "s3" && access_point(resource) && !action.folded().contains("accesspoint")
}

/// What would have to be known, for each of the three that takes part
pub(super) fn missing(request: &Authorization<'_>) -> Vec<MissingFact> {
    let resource = request.resource.text();
    let fact =
        |what: String, source: &str, why: &str| MissingFact { what, source: source.to_owned(), why: why.to_owned() };
    let mut missing = Vec::new();
    if through_access_point(request) {
        missing.push(fact(
            format!("the policy of the bucket behind the access point of `{resource}`"),
            "ask about the ARN of the bucket or object itself",
            "both policies count, and access points are not an input",
        ));
    }
    if lists_may_admit(request).is_possible() || other_owner(request).is_possible() {
        missing.push(fact(
            format!("the access control lists of `{resource}` and who owns it"),
            "aws s3api get-bucket-ownership-controls; with `BucketOwnerEnforced` neither counts",
            "access control lists may be in force, and what they grant is not an input",
        ));
    }
    missing
}

/// Nobody knows what lists in force say, so they are never more than a possibility
fn in_force(request: &Authorization<'_>) -> Truth {
    if request.resource_side.access_lists.is_possible() { Truth::Unknown } else { Truth::False }
}

fn object_key(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5).and_then(|path| path.split_once('/')).map(|(_, key)| key)
}

fn access_point(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, account, path) = (parts.next(), parts.nth(1), parts.next());
    // A bucket may be called `accesspoint`; its ARN has no account.
    matches!(service, Some("s3" | "s3-object-lambda" | "s3-outposts"))
        && account.is_some_and(|account| !account.is_empty())
        && path.is_some_and(|path| path.starts_with("accesspoint/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_for_the_search() {
        assert!(LISTED.is_sorted() && BUCKET_OWNERS.is_sorted());
    }

    #[test]
    fn access_points_and_keys_are_told_by_the_arn() {
        assert!(access_point("arn:aws:s3:eu-west-1:210000000011:accesspoint/train/object/a/1.png"));
        assert!(access_point("arn:aws:s3:eu-west-1:210000000011:accesspoint/train"));
        assert!(!access_point("arn:aws:s3:::accesspoint/train"));
        assert!(!access_point("arn:aws:s3:::lumen"));
        assert_eq!(object_key("arn:aws:s3:::lumen/a/1.png"), Some("a/1.png"));
        assert_eq!(object_key("arn:aws:s3:::lumen"), None);
    }
}
