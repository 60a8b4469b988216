//! Places in S3 and images in ECR, told from their URIs

/// A place in S3: a bucket and what the keys below it begin with
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Place {
    /// The bucket
    pub bucket: String,
    /// What the keys begin with, possibly nothing
    pub prefix: String,
}

impl S3Place {
    /// The place behind `s3://BUCKET/PREFIX`
    ///
    /// # Errors
    /// Other forms do not tell the bucket without a look at AWS: why not.
    pub fn of_uri(uri: &str) -> Result<Self, &'static str> {
        let Some(rest) = uri.strip_prefix("s3://") else { return Err("it is no S3 URI") };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let named_otherwise = bucket.contains(':') || bucket.ends_with("-s3alias") || bucket.ends_with("--op-s3");
        match bucket {
            "" => Err("it names no bucket"),
            _ if named_otherwise => Err("it names an access point in place of a bucket"),
            bucket => Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() }),
        }
    }

    /// The prefix with a slash between it and what follows
    #[must_use]
    pub fn folder(&self) -> String {
        if self.prefix.is_empty() || self.prefix.ends_with('/') {
            self.prefix.clone()
        } else {
            format!("{}/", self.prefix)
        }
    }
}

/// An image in a repository of ECR
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcrImage {
    /// The account that the registry belongs to
    pub registry: String,
    /// Its Region
    pub region: String,
    /// The repository, without tag and digest
    pub repository: String,
}

impl EcrImage {
    /// The image behind `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG` or, for IPv6 too,
    /// `ACCOUNT.dkr-ecr.REGION.on.aws/REPOSITORY:TAG`; `None` for another registry
    #[must_use]
    pub fn of_uri(uri: &str) -> Option<Self> {
        let (host, rest) = uri.split_once('/')?;
        let (registry, domain) = host.split_once('.')?;
        let forms = [
            ("dkr.ecr.", "amazonaws."),
            ("dkr.ecr-fips.", "amazonaws."),
            ("dkr-ecr.", "on."),
            ("dkr-ecr-fips.", "on."),
        ];
        let of_form = |(begins, ends): (&str, &str)| {
            let (region, suffix) = domain.strip_prefix(begins)?.split_once('.')?;
            suffix.starts_with(ends).then_some(region)
        };
        let region = forms.into_iter().find_map(of_form)?;
        let own = registry.len() == 12 && registry.bytes().all(|byte| byte.is_ascii_digit());
        if !own {
            return None;
        }
        let untagged = rest.split(['@', ':']).next().unwrap_or_default();
        let image = Self { registry: registry.to_owned(), region: region.to_owned(), repository: untagged.to_owned() };
        (!untagged.is_empty()).then_some(image)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_split_into_bucket_prefix_and_folder() {
        for (uri, bucket, prefix, folder) in [
            ("s3://b/a/b", "b", "a/b", "a/b/"),
            ("s3://b/a/", "b", "a/", "a/"),
            ("s3://b/", "b", "", ""),
            ("s3://b", "b", "", ""),
        ] {
            let place = S3Place::of_uri(uri).unwrap();
            assert_eq!(
                (place.bucket.as_str(), place.prefix.as_str(), place.folder().as_str()),
                (bucket, prefix, folder)
            );
        }
    }

    #[test]
    fn a_bucket_that_the_uri_does_not_tell_is_unknown() {
        for (uri, why) in [
            ("https://s3.us-east-1.amazonaws.com/b/k", "no S3 URI"),
            ("s3:///k", "no bucket"),
            ("s3://arn:aws:s3:us-east-1:111122223333:accesspoint/a/k", "access point"),
            ("s3://data-abc-s3alias/k", "access point"),
        ] {
            let said = S3Place::of_uri(uri).unwrap_err();
            assert!(said.contains(why), "{uri}: {said}");
        }
    }

    #[test]
    fn images_of_ecr_are_told_from_others() {
        let image = EcrImage::of_uri("111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/train:1@sha256:00").unwrap();
        assert_eq!(
            (image.registry.as_str(), image.region.as_str(), image.repository.as_str()),
            ("111122223333", "eu-west-1", "team/train")
        );
        assert!(EcrImage::of_uri("111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/x").is_some());
        let dual = EcrImage::of_uri("111122223333.dkr-ecr.eu-west-1.on.aws/team/train:1").unwrap();
        assert_eq!((dual.region.as_str(), dual.repository.as_str()), ("eu-west-1", "team/train"));
        for other in ["registry.example.com/team/train:1", "111122223333.dkr.ecr.eu-west-1.example.com/x", "train"] {
            assert_eq!(EcrImage::of_uri(other), None, "{other}");
        }
    }
}
