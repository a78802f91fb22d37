//! The bundle that comes with the demo: a copy of `examples/demo`, so that the binary needs no file.

use segue_bundle::{Bundle, Finding};

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../examples/demo/", $path)))),*]
    };
}

/// Its files, by their path in it.
pub const FILES: &[(&str, &str)] = files![
    "billing/billing.yaml",
    "billing/payments.yaml",
    "billing/schemas/account.json",
    "billing/schemas/payment-failed.json",
    "marketing/follow-up.yaml",
    "marketing/marketing.yaml",
    "marketing/schemas/campaign-clicked.json",
    "marketing/schemas/page-visited.json",
    "marketing/schemas/product.json",
    "sales/sales.yaml",
    "service/cases.yaml",
    "service/crm.yaml",
    "service/schemas/case.json",
    "service/schemas/customer.json",
    "social/schemas/post.json",
    "social/social.yaml",
];

/// Compiles it.
///
/// # Errors
/// It has findings, which the tests of this crate rule out.
pub fn built_in() -> Result<Bundle, Vec<Finding>> {
    let files = FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    segue_bundle::read(files).map(|loaded| loaded.bundle)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn files(directory: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(directory).expect("the examples are there") {
            let entry = entry.expect("it can be read");
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                files(&entry.path(), &format!("{path}/"), found);
            } else if path.ends_with(".yaml") || path.ends_with(".json") {
                let _ = found.insert(path);
            }
        }
    }

    #[test]
    fn it_is_the_whole_example_and_has_no_findings() {
        let mut there = BTreeSet::new();
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/demo"), "", &mut there);
        assert_eq!(FILES.iter().map(|(path, _)| (*path).to_owned()).collect::<BTreeSet<_>>(), there);
        let bundle = built_in().expect("it has no findings");
        assert!(!bundle.tests.is_empty());
    }
}
