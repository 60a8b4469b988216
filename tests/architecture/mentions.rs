//! What the production code of a file mentions, by full path

use std::collections::{BTreeMap, BTreeSet};

use syn::Token;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::visit::Visit;

/// Every path that the production code of a file mentions, in `use` items, in code and inside macro calls
#[derive(Default)]
pub(crate) struct Mentions {
    /// The module around the code being visited
    here: Vec<String>,
    /// Each path as written, with the module it is written in
    written: Vec<(Vec<String>, Vec<String>)>,
    /// What a first segment stands for: imported names and declared modules
    names: BTreeMap<String, Vec<String>>,
    /// Modules declared in files of their own that exist in tests only
    pub(crate) test_modules: Vec<Vec<String>>,
}

impl Mentions {
    /// Everything that `file`, whose module is `here`, mentions
    pub(crate) fn collect(here: &[String], file: &syn::File) -> Self {
        let mut mentions = Self { here: here.to_vec(), ..Self::default() };
        mentions.visit_file(file);
        mentions
    }

    fn write(&mut self, path: Vec<String>) {
        self.written.push((self.here.clone(), path));
    }

    pub(crate) fn resolved(&self) -> BTreeSet<Vec<String>> {
        self.written.iter().map(|(here, path)| self.resolve(here, path)).collect()
    }

    /// The path from `crate` or from the name of another crate
    fn resolve(&self, here: &[String], path: &[String]) -> Vec<String> {
        let mut path = path.to_vec();
        // An import may build on another import; a name that stands for itself ends the search.
        for _ in 0..8 {
            let Some(meant) = path.first().and_then(|first| self.names.get(first)) else { break };
            if meant.first() == path.first() {
                break;
            }
            path.splice(..1, meant.iter().cloned());
        }
        rooted(here, path)
    }

    fn use_tree(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |name: String| prefix.iter().cloned().chain([name]).collect::<Vec<_>>();
        let (path, name) = match tree {
            syn::UseTree::Path(path) => return self.use_tree(&with(path.ident.to_string()), &path.tree),
            syn::UseTree::Group(group) => return group.items.iter().for_each(|tree| self.use_tree(prefix, tree)),
            syn::UseTree::Glob(_) => (with("*".to_owned()), None),
            syn::UseTree::Name(name) if name.ident == "self" => (prefix.to_vec(), prefix.last().cloned()),
            syn::UseTree::Name(name) => (with(name.ident.to_string()), Some(name.ident.to_string())),
            syn::UseTree::Rename(renamed) if renamed.ident == "self" => {
                (prefix.to_vec(), Some(renamed.rename.to_string()))
            }
            syn::UseTree::Rename(renamed) => (with(renamed.ident.to_string()), Some(renamed.rename.to_string())),
        };
        if let Some(name) = name {
            self.names.insert(name, rooted(&self.here, path.clone()));
        }
        self.write(path);
    }

    /// The paths among the tokens of a macro call, whatever its grammar is
    fn tokens(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        while !input.is_empty() {
            let content;
            if input.peek(syn::Ident::peek_any) {
                let mut path = vec![input.call(syn::Ident::parse_any)?.to_string()];
                while input.peek(Token![::]) && input.peek3(syn::Ident::peek_any) {
                    input.parse::<Token![::]>()?;
                    path.push(input.call(syn::Ident::parse_any)?.to_string());
                }
                let bang = if input.peek(Token![!]) && !input.peek(Token![!=]) { "!" } else { "" };
                self.write(called(path, bang));
                continue;
            } else if input.peek(syn::token::Paren) {
                syn::parenthesized!(content in input);
            } else if input.peek(syn::token::Bracket) {
                syn::bracketed!(content in input);
            } else if input.peek(syn::token::Brace) {
                syn::braced!(content in input);
            } else {
                input
                    .step(|at| at.token_tree().map_or_else(|| Err(at.error("a token")), |(_, rest)| Ok(((), rest))))?;
                continue;
            }
            self.tokens(&content)?;
        }
        Ok(())
    }
}

fn called(mut path: Vec<String>, bang: &str) -> Vec<String> {
    if let Some(last) = path.last_mut() {
        last.push_str(bang);
    }
    path
}

/// The path with `self`, `super` and the own crate's name replaced by where they lead from `here`
fn rooted(here: &[String], mut path: Vec<String>) -> Vec<String> {
    if path.first().is_some_and(|first| first == "iam_preflight") {
        path.splice(..1, ["crate".to_owned()]);
    }
    let mut at = here.to_vec();
    let mut steps = 0;
    while let Some("self" | "super") = path.get(steps).map(String::as_str) {
        if path.get(steps).is_some_and(|step| step == "super") {
            at.pop();
        }
        steps += 1;
    }
    if steps > 0 {
        path.splice(..steps, ["crate".to_owned()].into_iter().chain(at));
    }
    path
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

fn test_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        attribute.parse_args::<syn::Meta>().is_ok_and(|condition| match condition {
            syn::Meta::Path(path) => path.is_ident("test"),
            syn::Meta::List(list) => {
                list.path.is_ident("all") && list.tokens.to_string().split(',').any(|part| part.trim() == "test")
            }
            syn::Meta::NameValue(_) => false,
        })
    })
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !test_only(attributes(item)) {
            syn::visit::visit_item(self, item);
        } else if let syn::Item::Mod(module) = item
            && module.content.is_none()
        {
            self.test_modules.push(self.here.iter().cloned().chain([module.ident.to_string()]).collect());
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let name = module.ident.to_string();
        self.here.push(name.clone());
        self.names.insert(name, ["crate".to_owned()].into_iter().chain(self.here.iter().cloned()).collect());
        syn::visit::visit_item_mod(self, module);
        self.here.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.write(segments(path));
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.write(called(segments(&call.path), "!"));
        // Any token stream is a sequence of the four shapes that `tokens` knows, so this cannot fail.
        let read = Parser::parse2(|input: ParseStream<'_>| self.tokens(input), call.tokens.clone());
        assert!(read.is_ok(), "the tokens of a macro call could not be walked: {read:?}");
    }
}
