//! Random facts.

use std::fmt::Write;

use super::Choices;

impl Choices<'_> {
    /// The data of an event and the attributes of its subject.
    pub(crate) fn facts(&mut self) -> (String, String) {
        let data = self.object(&[
            ("account_id", &["\"A1\"", "\"A2\"", "\"\""]),
            ("amount", &["20", "20.5", "0", "-1e3", "1e2", "-0.0", "9007199254740993"]),
            ("days_late", &["3", "0", "-2", "1.0", "9007199254740993"]),
            (
                "due",
                &[
                    "\"2026-03-01T12:00:00+01:00\"",
                    "\"2026-03-02T11:00:00.123Z\"",
                    "\"2028-02-29T23:30:00.000001-03:30\"",
                    "\"2026-03-02T10:00:00Z\"",
                    "\"soon\"",
                ],
            ),
            (
                "items",
                &[
                    r#"[{"sku": "a", "price": 1.50, "count": 2}, {"sku": "b", "price": 10, "count": 1.0}]"#,
                    r#"[{"sku": "b", "count": 1}]"#,
                    r#"[{"sku": "ä😀", "price": -0.25, "count": 0}, {"sku": "", "price": 6, "count": 7}]"#,
                    r#"[{"sku": "c", "price": 2, "count": 3}, {"sku": "d", "price": 7.5, "count": 4}]"#,
                    "[]",
                ],
            ),
            ("note", &["\"say \\\"hi\\\"\"", "\"a\"", "\"naïve 日本\\u00e9\"", "null"]),
            (
                "free",
                &[
                    r#"{"whole": 7, "part": 7.5, "big": 18446744073709551615, "b": true, "a": [null, true]}"#,
                    r#"{"whole": 2, "part": 0.5, "big": 9007199254740993, "b": true, "a": [null, 1]}"#,
                    r#"{"whole": 0, "part": 1e3, "big": 10000000000000000000, "b": false, "a": [null, "x"]}"#,
                    r#"{"whole": 7, "part": -1, "big": 9223372036854775808, "b": false, "a": [null, {"é": [1, 2.5]}]}"#,
                    r#"{"whole": "7", "b": 1, "a": {}}"#,
                    "null",
                ],
            ),
        ]);
        let who = self.object(&[
            ("first_name", &["\"Ada\"", "\"\"", "\"Zoë\""]),
            ("tier", &["\"gold\"", "\"A1\"", "\"silver\"", "\"a\""]),
            ("timezone", &["\"Europe/Paris\"", "\"America/New_York\"", "\"Asia/Kolkata\"", "\"Nowhere\""]),
            ("main_account", &["\"A1\"", "\"A1\"", "\"A2\"", "\"A9\""]),
            ("sentiment", &["-0.5", "0", "1"]),
            ("scores", &[r#"{"call": 1}"#, r#"{"call": -2.5, "mail": 3}"#, "{}"]),
            ("phone", &["\"+33\""]),
        ]);
        (data, who)
    }

    fn object(&mut self, members: &[(&str, &[&str])]) -> String {
        let mut text = "{".to_owned();
        for (name, values) in members {
            if self.is_one_in(24) {
                continue;
            }
            let comma = if text.len() > 1 { "," } else { "" };
            write!(text, "{comma}\"{name}\": {}", self.one(values)).unwrap();
        }
        text + "}"
    }
}
