//! Documents as JSON, for whoever holds them against the published schema of bundle documents.

use segue_yaml::{Report, SourceFile};

/// The documents of a YAML file as JSON texts, each with the line in which it begins, from 1. What cannot be read is
/// left out.
pub fn documents_as_json(text: &str) -> Vec<(usize, String)> {
    let files = [SourceFile { path: "file.yaml".to_owned(), text: text.to_owned() }];
    let mut report = Report::new(&files);
    let documents = segue_yaml::documents(&mut report, 0);
    documents.iter().map(|document| (document.place.line, document.to_json())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_one_json_text_with_its_line() {
        let found = documents_as_json("# About.\nrule: x\non: [a, 1]\n---\ntable: y\nof: \"2\"\n");
        let texts: Vec<_> = found.iter().map(|(line, text)| (*line, text.as_str())).collect();
        assert_eq!(texts, [(2, r#"{"rule":"x","on":["a",1]}"#), (5, r#"{"table":"y","of":"2"}"#)]);
    }
}
