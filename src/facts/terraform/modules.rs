//! Addresses inside a plan: module paths with their keys, and references

/// One module call with the key of its instance: `module.a["x"]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// `a`
    pub(super) name: String,
    /// What stands in brackets: `0` or `"x"`
    pub(super) key: Option<String>,
}

/// The modules that a resource stands in, outermost first
pub(super) type ModulePath = Vec<Step>;

/// A word of an address and what stands in brackets after it
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// The word
    pub(super) word: &'a str,
    /// The key in brackets, quotes included
    pub(super) key: Option<&'a str>,
}

/// Cuts an address at the dots outside of brackets; `None` when brackets or quotes do not close
pub(super) fn parts(address: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = address;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end)?;
        let (key, after) = match after.strip_prefix('[') {
            Some(inside) => {
                let end = closing(inside)?;
                (Some(inside.get(..end)?), inside.get(end + 1..)?)
            }
            None => (None, after),
        };
        parts.push(Part { word, key });
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(parts),
            // A second pair of brackets belongs to a value, not to an address.
            None => return None,
        }
    }
}

/// Where the bracket closes, outside of quotes
fn closing(inside: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in inside.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// Reads a module's address, such as `module.a["x"].module.b`
pub(super) fn module_path(address: &str) -> Option<ModulePath> {
    if address.is_empty() {
        return Some(Vec::new());
    }
    let parts = parts(address)?;
    let mut path = Vec::new();
    for pair in parts.chunks(2) {
        match pair {
            [Part { word: "module", key: None }, Part { word, key }] => {
                path.push(Step { name: (*word).to_owned(), key: key.map(str::to_owned) });
            }
            _ => return None,
        }
    }
    Some(path)
}

/// The references that are not the beginning of a longer one in the list
///
/// Terraform lists `aws_iam_role.x.id` together with `aws_iam_role.x`.
pub(super) fn longest<'r>(references: &[&'r str]) -> Vec<&'r str> {
    let begins = |short: &str, long: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with(['.', '[']));
    let mut longest: Vec<&str> = Vec::new();
    for reference in references {
        let shorter = references.iter().any(|other| begins(reference, other));
        if !shorter && !longest.contains(reference) {
            longest.push(reference);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_may_hold_dots_brackets_and_quotes() {
        let path = module_path(r#"module.a["x.y]\"z"].module.b[0]"#).unwrap();
        let step = |name: &str, key: &str| Step { name: name.to_owned(), key: Some(key.to_owned()) };
        assert_eq!(path, [step("a", r#""x.y]\"z""#), step("b", "0")]);
        assert_eq!(module_path(""), Some(Vec::new()));
        for broken in ["module", "module.a[", "module.a[\"x]", "aws_iam_role.x", "module.a.b.c"] {
            assert_eq!(module_path(broken), None, "{broken}");
        }
    }

    #[test]
    fn what_another_reference_continues_is_left_out() {
        let references = ["aws_iam_role.x[0].id", "aws_iam_role.x[0]", "aws_iam_role.x", "aws_iam_role.xy"];
        assert_eq!(longest(&references), ["aws_iam_role.x[0].id", "aws_iam_role.xy"]);
    }
}
