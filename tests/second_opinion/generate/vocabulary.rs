//! The names all cases share

pub(crate) const HOME: &str = "210000000011";
pub(crate) const AWAY: &str = "210000000022";

/// What a key's values look like, which decides the operators that suit it
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Arn,
    Number,
    Date,
    Flag,
    Address,
    Bytes,
}

/// A condition key: values of requests, and further constants for policies
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) many: bool,
    pub(crate) values: &'static [&'static str],
    pub(crate) constants: &'static [&'static str],
}

const fn key(
    name: &'static str,
    shape: Shape,
    values: &'static [&'static str],
    constants: &'static [&'static str],
) -> Key {
    Key { name, shape, many: false, values, constants }
}

const fn many(name: &'static str, values: &'static [&'static str], constants: &'static [&'static str]) -> Key {
    Key { name, shape: Shape::Text, many: true, values, constants }
}

const TEAMS: &[&str] = &["blue", "red", "Blue", "bl*e", ""];
const TEAM_CONSTANTS: &[&str] = &[
    "bl*",
    "b?ue",
    "*",
    "bl${*}e",
    "${aws:ResourceTag/team}",
    "${aws:PrincipalTag/team}",
    "${aws:PrincipalTag/dept, 'blue'}",
    "${AWS:UserName}",
    "${aws:TagKeys}",
    "${}",
    "${blue",
];
const DATES: &[&str] = &[
    "2026-01-01T00:00:00Z",
    "1767225600",
    "2026-01-01T02:00:00+02:00",
    "2025-12-31T23:59:59Z",
    "2026-01-01T00:00:00.5Z",
    "2026-06-15T12:30Z",
];
const DATE_CONSTANTS: &[&str] =
    &["2026-01-01", "2026", "2026-01", "1767225601", "yesterday", "2026-02-30", "2025-12-31T18:30:00-05:30"];
const FLAGS: &[&str] = &["true", "false"];
const ORGS: &[&str] = &["o-one", "o-two"];

/// Keys of any request
pub(crate) const GENERAL: &[Key] = &[
    key("aws:PrincipalTag/team", Shape::Text, TEAMS, TEAM_CONSTANTS),
    key("aws:ResourceTag/team", Shape::Text, TEAMS, TEAM_CONSTANTS),
    key("aws:PrincipalTag/dept", Shape::Text, TEAMS, TEAM_CONSTANTS),
    key("aws:PrincipalOrgID", Shape::Text, ORGS, &["o-*", "${aws:ResourceOrgID}"]),
    key("aws:ResourceOrgID", Shape::Text, ORGS, &["${aws:PrincipalOrgID}"]),
    key("aws:RequestedRegion", Shape::Text, &["eu-west-1", "us-east-1"], &["eu-*", "EU-WEST-1"]),
    key("aws:SourceVpce", Shape::Text, &["vpce-1", "vpce-2"], &["vpce-*", "vpce-?"]),
    key("aws:CurrentTime", Shape::Date, DATES, DATE_CONSTANTS),
    key("aws:TokenIssueTime", Shape::Date, DATES, DATE_CONSTANTS),
    key("aws:SecureTransport", Shape::Flag, FLAGS, &[]),
    key("aws:MultiFactorAuthPresent", Shape::Flag, FLAGS, &["TRUE", "yes"]),
    key("aws:MultiFactorAuthAge", Shape::Number, &["100", "3600", "3600.5"], &["3600.0", "-1", "one"]),
    key("aws:ViaAWSService", Shape::Flag, FLAGS, &["${aws:SecureTransport}"]),
    key(
        "aws:SourceIp",
        Shape::Address,
        &["203.0.113.5", "203.0.114.5", "2001:db8::1", "2001:DB8:0:0::1", "::ffff:203.0.113.5", "10.0.0.1"],
        &["203.0.113.0/24", "203.0.113.77/24", "2001:db8::/32", "0.0.0.0/0", "10.0.0.0/8", "203.0.113.4/31", "::/0"],
    ),
    key(
        "aws:SourceArn",
        Shape::Arn,
        &[
            "arn:aws:sns:eu-west-1:210000000011:orders",
            "arn:aws:sns:eu-west-1:210000000022:orders",
            "arn:aws:svc:us-east-2:210000000022:store/abc:210000000011:finance/x",
            "not-an-arn",
        ],
        &[
            "arn:aws:sns:*:210000000011:*",
            "arn:aws:svc:*:210000000011:finance/*",
            "arn:*:*:*:*:*",
            "arn:aws:sns:eu-west-?:${aws:PrincipalAccount}:orders",
            "arn:aws:sns:eu-west-1:210000000011",
            "*",
        ],
    ),
    many("aws:TagKeys", &["team", "Team", "cost", ""], &["te*", "secret", "${aws:PrincipalTag/team}"]),
    many(
        "aws:CalledVia",
        &["athena.amazonaws.com", "kms.amazonaws.com", "cloudformation.amazonaws.com"],
        &["*.amazonaws.com", "glue.amazonaws.com"],
    ),
    many("aws:PrincipalOrgPaths", &["o-one/r-a/ou-x/", "o-one/r-a/ou-x/ou-y/"], &["o-one/*", "o-two/*"]),
];

/// Keys that follow from the caller; cases do not have to list them
pub(crate) const DERIVED: &[Key] = &[
    key("aws:username", Shape::Text, &["ana", "anab"], &["an?", "Ana", "*"]),
    key("aws:PrincipalType", Shape::Text, &["User", "AssumedRole", "Account"], &["FederatedUser", "Anonymous"]),
    key("aws:PrincipalAccount", Shape::Text, &[HOME, AWAY], &["anonymous", "21000000001?"]),
    key("aws:PrincipalIsAWSService", Shape::Flag, FLAGS, &[]),
    key("aws:userid", Shape::Text, &[HOME], &["AROAQ:*", "210000000011:vera", "anonymous"]),
    key(
        "aws:PrincipalArn",
        Shape::Arn,
        &["arn:aws:iam::210000000011:user/ana", "arn:aws:iam::210000000011:role/Loader"],
        &[
            "arn:aws:iam::210000000011:role/*",
            "arn:aws:iam::*:user/an?",
            "arn:aws:iam::210000000011:root",
            "arn:aws:sts::210000000011:assumed-role/Loader/*",
            "arn:aws:iam::${aws:PrincipalAccount}:role/Loader",
            "arn:aws:iam::${aws:PrincipalAccount}:*",
        ],
    ),
];

/// Keys of S3 requests
pub(crate) const S3: &[Key] = &[
    key(
        "s3:prefix",
        Shape::Text,
        &["home/", "home/ana/", "home/anab/x", "", "a*b", "a:b", "${aws:username}"],
        &["home/*", "home/${aws:username}/*", "a${*}b", "${$}{aws:username}", "home/?na/*", "a${?}b"],
    ),
    key("s3:max-keys", Shape::Number, &["5", "10", "10.0", "9.99", "5abc", ""], &["10.01", "-5", "1e3", "010"]),
    key("s3:x-amz-server-side-encryption", Shape::Text, &["aws:kms", "AES256"], &["aws:*", "aes256"]),
    key("s3:ExistingObjectTag/team", Shape::Text, TEAMS, TEAM_CONSTANTS),
    key("svc:blob", Shape::Bytes, &["QmluYXJ5", "QmluYXJ6", "QQ==", "!!"], &["QmluYXJ5=", "qmluyxj5"]),
];

/// Keys of KMS requests
pub(crate) const KMS: &[Key] = &[
    key(
        "kms:ViaService",
        Shape::Text,
        &["s3.eu-west-1.amazonaws.com", "lookoutvision.eu-west-1.amazonaws.com"],
        &["*.eu-west-1.amazonaws.com", "s3.*"],
    ),
    key("kms:CallerAccount", Shape::Text, &[HOME], &[AWAY, "2100*"]),
    key("kms:GrantIsForAWSResource", Shape::Flag, FLAGS, &[]),
    key("kms:EncryptionContext:AppName", Shape::Text, &["ExampleApp", "exampleapp"], &["Example*"]),
    key("kms:EncryptionContext:aws:s3:arn", Shape::Arn, &["arn:aws:s3:::lumen/f"], &["arn:aws:s3:::lumen/*"]),
    many("kms:EncryptionContextKeys", &["AppName", "aws:s3:arn"], &["appname", "*"]),
    many("kms:GrantOperations", &["Decrypt", "DescribeKey", "Encrypt"], &["De*", "GenerateDataKey"]),
];

/// Keys of role assumption
pub(crate) const STS: &[Key] = &[
    key("sts:ExternalId", Shape::Text, &["q-77", "Q-77"], &["q-*", "q-7?"]),
    key("sts:RoleSessionName", Shape::Text, &["ana", "s1"], &["${aws:username}", "s?"]),
    key("token.example.com:sub", Shape::Text, &["repo:velo/app:main", "repo:evil/app:main"], &["repo:velo/*"]),
    many("sts:TransitiveTagKeys", &["team", "cost"], &["te*"]),
    key("aws:SourceAccount", Shape::Text, &[HOME], &[AWAY, "${aws:PrincipalAccount}"]),
];
