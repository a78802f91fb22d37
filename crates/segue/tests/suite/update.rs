//! Tests that are rewritten with what came.

use std::fs;

use serde_json::json;

use super::{Bundle, code, json, stderr, stdout, test};

#[test]
fn update_writes_what_came_where_it_stands_and_nothing_else_and_then_has_nothing_to_do() {
    let tests = format!(
        "# Ours.\n{}---\n{}",
        test("wrong", "[{action: call-about-payment, tone: 'warm'}]   # the best"),
        test("right", "[ {action: call-about-payment},\n              {action: send-payment-link} ]")
    );
    let bundle = Bundle::with(&tests);
    let twin = Bundle::with(&tests);
    let told = json(&twin.test(&["--update", "--output", "json"]))["updated"].take();
    assert_eq!((&told[0]["line"], told[0]["added"].as_array().unwrap().len()), (&json!(7), 1));
    let updated = bundle.test(&["--update"]);
    assert_eq!(code(&updated), 0, "{}{}", stdout(&updated), stderr(&updated));
    let new = tests.replace("'warm'}]", "\"apologetic\"}, {action: send-payment-link, subject: c1}]");
    assert_eq!(bundle.read("tests.yaml"), new);
    let shown = "\
rewrote tests.yaml:7: step 1 of wrong
-    expect: [{action: call-about-payment, tone: 'warm'}]   # the best
+    expect: [{action: call-about-payment, tone: \"apologetic\"}, {action: send-payment-link, subject: c1}]   # the best

passed  wrong
passed  right
";
    assert_eq!(stdout(&updated), shown);
    assert!(stderr(&updated).ends_with("1 list rewritten\n2 passed, 0 failed\n"));
    let again = bundle.test(&["--update", "--output", "json"]);
    assert_eq!((code(&again), bundle.read("tests.yaml")), (0, new));
    assert_eq!(json(&again)["updated"], json!([]));
    assert!(
        fs::read_dir(bundle.path()).unwrap().all(|entry| entry
            .unwrap()
            .path()
            .extension()
            .is_none_or(|end| end != "new"))
    );
}

#[test]
fn update_leaves_a_test_alone_whose_event_failed() {
    let tests = test("wrong", "[{action: call-about-payment}]").replace("amount: 20.0", "amount: twenty");
    let bundle = Bundle::with(&tests);
    let output = bundle.test(&["--update"]);
    assert_eq!((code(&output), bundle.read("tests.yaml")), (1, tests));
    let said = "`wrong` is left as it is: an event of it, or what it begins with, could not be used; change it by hand\n0 lists rewritten\n";
    assert!(stderr(&output).contains(said), "{}", stderr(&output));
}
