//! References to S3 objects: `s3://bucket/key`, taken verbatim

use super::super::words::shown;

/// The longest object key of S3, in bytes
const LONGEST_KEY: usize = 1024;

/// What a reference of a manifest line points at
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceKind {
    /// The image of the line, under `source-ref`
    Image,
    /// A segmentation mask, or whatever else stands under a key that ends in `-ref`
    Mask,
}

/// An S3 object that a manifest line refers to
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef<'l> {
    /// The bucket
    pub bucket: &'l str,
    /// The object key, verbatim (no percent-decoding)
    pub key: &'l str,
    /// The line, from 1
    pub line: u32,
    /// What it is of the line
    pub kind: ReferenceKind,
}

/// The two parts of an S3 URI
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Object<'l> {
    pub(super) bucket: &'l str,
    pub(super) key: &'l str,
}

impl<'l> Object<'l> {
    /// Takes an S3 URI apart, or says in words what is wrong with it
    ///
    /// Old buckets may have up to 255 characters, upper case and `_`.
    pub(super) fn of_uri(uri: &'l str) -> Result<Self, String> {
        let Some(path) = uri.strip_prefix("s3://") else {
            return Err(format!("is {}, expected an S3 URI `s3://bucket/key`{}", shown(uri), near_miss(uri)));
        };
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let named = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if !(3..=255).contains(&bucket.len()) || !bucket.bytes().all(named) {
            return Err(format!("is {}, where {} is not a bucket name", shown(uri), shown(bucket)));
        }
        if key.is_empty() {
            return Err(format!("is {}, which names a bucket but no object", shown(uri)));
        }
        if key.len() > LONGEST_KEY {
            return Err(format!("has a key of {} bytes, an S3 key has at most {LONGEST_KEY}", key.len()));
        }
        if key.contains('\0') {
            return Err(format!("is {}, which contains a NUL character", shown(uri)));
        }
        Ok(Self { bucket, key })
    }
}

fn near_miss(uri: &str) -> &'static str {
    let squeezed: String = uri.chars().filter(|character| !character.is_whitespace()).take(5).collect();
    match squeezed.as_str() {
        "s3://" => " without spaces",
        other if other.eq_ignore_ascii_case("s3://") => " with a lower-case `s3`",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_taken_apart_verbatim() {
        for (uri, bucket, key) in [
            ("s3://images/a.png", "images", "a.png"),
            ("s3://images//a", "images", "/a"),
            ("s3://images/a%20b/ü ?*.png", "images", "a%20b/ü ?*.png"),
            ("s3://Old_Bucket.name-1/folder/", "Old_Bucket.name-1", "folder/"),
        ] {
            assert_eq!(Object::of_uri(uri), Ok(Object { bucket, key }));
        }
        assert!(Object::of_uri(&format!("s3://abc/{}", "k".repeat(1024))).is_ok());
    }

    #[test]
    fn what_is_no_s3_object_is_refused_with_a_reason() {
        for (uri, reason) in [
            ("s3: //images/a.png", "is `s3: //images/a.png`, expected an S3 URI `s3://bucket/key` without spaces"),
            ("S3://images/a", "is `S3://images/a`, expected an S3 URI `s3://bucket/key` with a lower-case `s3`"),
            ("https://images/a", "is `https://images/a`, expected an S3 URI `s3://bucket/key`"),
            ("", "is ``, expected an S3 URI `s3://bucket/key`"),
            ("s3://images", "is `s3://images`, which names a bucket but no object"),
            ("s3://images/", "is `s3://images/`, which names a bucket but no object"),
            ("s3:///a", "is `s3:///a`, where `` is not a bucket name"),
            ("s3://a*c/k", "is `s3://a*c/k`, where `a*c` is not a bucket name"),
            ("s3://a:c/k", "is `s3://a:c/k`, where `a:c` is not a bucket name"),
            ("s3://abc/\0", "is `s3://abc/\\0`, which contains a NUL character"),
        ] {
            assert_eq!(Object::of_uri(uri), Err(reason.to_owned()));
        }
        let long = format!("s3://abc/{}", "k".repeat(1025));
        assert_eq!(Object::of_uri(&long), Err("has a key of 1025 bytes, an S3 key has at most 1024".to_owned()));
    }
}
