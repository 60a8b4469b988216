//! The rules: id, gravity and the AWS page behind each

use crate::finding::Severity;

macro_rules! pages {
    ($($name:ident = $path:literal;)*) => {
        $(const $name: &str = concat!("https://docs.aws.amazon.com/", $path);)*
    };
}

pages! {
    GRAMMAR = "IAM/latest/UserGuide/reference_policies_grammar.html";
    TYPES = "IAM/latest/UserGuide/access_policies.html";
    QUOTAS = "IAM/latest/UserGuide/reference_iam-quotas.html";
    VERSION = "IAM/latest/UserGuide/reference_policies_elements_version.html";
    VARIABLES = "IAM/latest/UserGuide/reference_policies_variables.html";
    SID = "IAM/latest/UserGuide/reference_policies_elements_sid.html";
    CHECKS = "IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html";
    LISTS = "service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html";
    ALIASES = "kms/latest/developerguide/alias-authorization.html";
    KEYS = "IAM/latest/UserGuide/reference_policies_condition-keys.html";
    OPERATORS = "IAM/latest/UserGuide/reference_policies_elements_condition_operators.html";
    VALUES = "IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html";
    DENY_IP = "IAM/latest/UserGuide/reference_policies_examples_aws_deny-ip.html";
    PRINCIPAL = "IAM/latest/UserGuide/reference_policies_elements_principal.html";
    MODELS = "bedrock/latest/userguide/security_iam_id-based-policy-examples.html";
}

macro_rules! rules {
    ($($(#[doc = $words:literal])* $rule:ident = $id:literal, $severity:ident, $page:ident;)*) => {
        /// A rule; its id never changes
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[doc = $words])* $rule,)*
        }

        impl Rule {
            /// Every rule, in the order of the documentation
            pub const ALL: &[Self] = &[$(Self::$rule,)*];

            /// Its id: the heading of its section in `docs/lint.md`
            #[must_use]
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$rule => $id,)*
                }
            }

            /// How grave its findings are, if nothing about one makes it lighter
            #[must_use]
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$rule => Severity::$severity,)*
                }
            }

            /// What it is about, in a few words
            #[must_use]
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$rule => concat!($($words),*).trim_ascii(),)*
                }
            }

            /// The AWS page behind it
            #[must_use]
            pub fn url(self) -> &'static str {
                match self {
                    $(Self::$rule => $page,)*
                }
            }
        }
    };
}

impl Rule {
    /// The rule with this id
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

rules! {
    /// The document does not follow the grammar
    Grammar = "grammar", Error, GRAMMAR;
    /// An element or value that this kind of policy may not have
    ElementOfOtherKind = "element-of-other-kind", Error, TYPES;
    /// More characters than AWS takes
    SizeLimit = "size-limit", Error, QUOTAS;
    /// A character that policies may not have
    CharacterOutsideRange = "character-outside-range", Error, QUOTAS;
    /// No `Version`, which makes variables plain text
    VersionMissing = "version-missing", Warning, VERSION;
    /// A variable in a document whose version has none
    VariableInOldVersion = "variable-in-old-version", Error, VERSION;
    /// A variable where none is read
    MisplacedVariable = "misplaced-variable", Warning, VARIABLES;
    /// Two statements with one id
    DuplicateSid = "duplicate-sid", Error, SID;
    /// An id with characters that IAM does not take
    SidCharacters = "sid-characters", Error, SID;
    /// A list with nothing in it
    EmptyList = "empty-list", Warning, CHECKS;
    /// A service that AWS does not list
    UnknownService = "unknown-service", Warning, LISTS;
    /// An action that its service does not list
    UnknownAction = "unknown-action", Warning, LISTS;
    /// A pattern that matches no action of its service
    PatternWithoutAction = "pattern-without-action", Warning, LISTS;
    /// A resource that the actions do not take
    ResourceTypeMismatch = "resource-type-mismatch", Warning, LISTS;
    /// An alias as the resource of an operation on keys
    KmsAliasResource = "kms-alias-resource", Error, ALIASES;
    /// A condition key that AWS does not list
    UnknownConditionKey = "unknown-condition-key", Warning, KEYS;
    /// A condition key that calls with these actions never carry
    KeyNeverApplies = "key-never-applies", Warning, LISTS;
    /// A condition key that AWS calls deprecated
    DeprecatedKey = "deprecated-key", Warning, LISTS;
    /// An operator for values of another type than the key's
    OperatorTypeMismatch = "operator-type-mismatch", Warning, OPERATORS;
    /// A value that the operator cannot read
    ConditionValue = "condition-value", Error, OPERATORS;
    /// `*` or `?` where they are plain characters
    WildcardWithoutLike = "wildcard-without-like", Warning, OPERATORS;
    /// A key with several values under an operator for one
    MultivaluedWithoutSetOperator = "multivalued-without-set-operator", Warning, VALUES;
    /// `ForAllValues` in an `Allow`, true where the key is absent
    ForAllValuesWithAllow = "for-all-values-with-allow", Warning, VALUES;
    /// A negated operator in an `Allow`, true where the key is absent
    NegatedOperatorOnAbsentKey = "negated-operator-on-absent-key", Warning, OPERATORS;
    /// A `Deny` without MFA that does not reach access keys
    MfaDenyMissesAccessKeys = "mfa-deny-misses-access-keys", Warning, KEYS;
    /// A `Deny` by network that hits calls which services make for the caller
    NetworkDenyWithoutServices = "network-deny-without-services", Warning, DENY_IP;
    /// A key about the owner or the tags of a resource that AWS owns
    OwnerKeyOnAwsResource = "owner-key-on-aws-resource", Warning, MODELS;
    /// A principal that nobody is
    PrincipalNeverMatches = "principal-never-matches", Error, PRINCIPAL;
}
