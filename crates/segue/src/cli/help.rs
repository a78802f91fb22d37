//! The ends of the long helps: examples, and what the exit codes say.

/// The examples and the table of exit codes that end a long help.
macro_rules! ending {
    ($examples:literal) => {
        concat!(
            "Examples:\n",
            $examples,
            "\n\nExit codes:\n    0  fine\n    1  what was checked is bad\n    2  wrong usage, wrong settings, or nothing matched\n",
            "    3  environment: a broker or a console cannot be reached\n    4  partly done\n  130  interrupted"
        )
    };
}

pub(super) const FIRST_STEPS: &str = ending!(
    "  segue demo                          see tasks appear, with nothing to install\n  \
       segue init my-bundle                start a bundle of your own\n  \
       segue check my-bundle && segue test my-bundle"
);
pub(super) const DEMO: &str = ending!(
    "  segue demo                          until you press Ctrl-C\n  \
       segue demo --seed 7                 another story, the same each time\n  \
       segue demo --rounds 3 --pace 0s --output jsonl | jq -r .data.what"
);
pub(super) const INIT: &str = ending!(
    "  segue init my-bundle                then: segue check my-bundle, segue test my-bundle\n  \
       segue init .                        into the current directory, if it is empty"
);
pub(super) const CHECK: &str = ending!(
    "  segue check my-bundle\n  \
       segue check my-bundle --watch       again whenever a file changes\n  \
       segue check my-bundle --output sarif > findings.sarif\n  \
       segue check my-bundle --output jsonl | jq -r '\"\\(.file):\\(.line): \\(.message)\"'"
);
pub(super) const GRAPH: &str = ending!(
    "  segue graph my-bundle > bundle.mmd\n  \
       segue graph my-bundle --format dot | dot -Tsvg > bundle.svg\n  \
       segue graph my-bundle --format json | jq '.edges[] | select(.to == \"action/call\")'"
);
pub(super) const EXPLAIN: &str = ending!(
    "  segue explain unknown-field\n  \
       segue explain                       all codes, in a line each\n  \
       segue explain no-subject --output json"
);
pub(super) const SCHEMA: &str = ending!(
    "  segue schema > .segue/bundle.schema.json\n  \
       segue schema task"
);
pub(super) const COMPLETION: &str = ending!(
    "  segue completion bash > /etc/bash_completion.d/segue\n  \
       segue completion zsh > \"${fpath[1]}/_segue\"\n  \
       segue completion fish > ~/.config/fish/completions/segue.fish"
);
pub(super) const TEST: &str = ending!(
    "  segue test my-bundle\n  \
       segue test my-bundle --filter payment --coverage\n  \
       segue test my-bundle --ip-database GeoLite2-City.mmdb\n  \
       segue test my-bundle --update       when what came is right and the tests are not\n  \
       segue test my-bundle --output junit > results.xml\n  \
       segue test my-bundle --record my-bundle/recorded.yaml --events events.jsonl\n  \
       kcat -b BROKER -C -e -t crm.events -f '{\"topic\":\"%t\",\"key\":\"%k\",\"value\":%s,\"at\":%T}\\n' |\n    \
         segue test my-bundle --record my-bundle/recorded.yaml"
);
pub(super) const REPLAY: &str = ending!(
    "  segue replay my-bundle --events events.jsonl\n  \
       segue replay my-bundle --events events.jsonl --only task --until 2026-03-09T00:00:00Z\n  \
       segue replay my-bundle --events events.jsonl --diff changed-bundle --at-most 10\n  \
       kcat -b BROKER -C -e -t crm.events -f '{\"topic\":\"%t\",\"key\":\"%k\",\"value\":%s,\"at\":%T}\\n' |\n    \
         segue replay my-bundle --events -      what is on a topic whose values are JSON"
);
pub(super) const RUN: &str = ending!(
    "  segue run --settings segue.yaml\n  \
       SEGUE__INSTANCE=router-1 segue run --settings segue.yaml\n  \
       SEGUE_LOG=debug segue run --settings segue.yaml"
);
pub(super) const TOPICS: &str = ending!(
    "  segue topics plan --settings segue.yaml\n  \
       segue topics apply --settings segue.yaml\n  \
       segue topics plan --settings segue.yaml --output json"
);
pub(super) const DEPLOY: &str = ending!(
    "  segue deploy my-bundle --settings segue.yaml\n  \
       segue deploy --back --settings segue.yaml\n  \
       segue deploy my-bundle --settings segue.yaml --shadow\n  \
       segue deploy --shadow --back --settings segue.yaml\n  \
       segue deploy my-bundle --settings segue.yaml --output json | jq -r .bundle"
);
pub(super) const PAUSE: &str = ending!(
    "  segue pause rule/cart-left --settings segue.yaml\n  \
       segue pause destination/call-centre --settings segue.yaml\n  \
       segue pause source/crm --settings segue.yaml --output json"
);
pub(super) const RESUME: &str = ending!(
    "  segue resume rule/cart-left --settings segue.yaml\n  \
       segue resume source/crm --settings segue.yaml --output json"
);
pub(super) const EXPORT: &str = ending!(
    "  segue export c-17 --settings segue.yaml > c-17.json\n  \
       segue export web:a81 --url http://127.0.0.1:8080 | jq .ids"
);
pub(super) const ERASE: &str = ending!(
    "  segue erase c-17 --dry-run --settings segue.yaml\n  \
       segue erase c-17 --settings segue.yaml\n  \
       segue erase web:a81 --url http://127.0.0.1:8080 --output json"
);
pub(super) const FAILED: &str = ending!(
    "  segue failed list --settings segue.yaml\n  \
       segue failed show 4/17 --settings segue.yaml\n  \
       segue failed retry --error schema --source billing --settings segue.yaml"
);
pub(super) const FAILED_LIST: &str = ending!(
    "  segue failed list --settings segue.yaml\n  \
       segue failed list --source billing --since 2026-03-02T00:00:00Z --settings segue.yaml\n  \
       segue failed list --settings segue.yaml --output jsonl | jq -r '\"\\(.error) \\(.events)\"'"
);
pub(super) const FAILED_SHOW: &str = ending!(
    "  segue failed show 4/17 --settings segue.yaml\n  \
       segue failed show 4/17 --unmask --settings segue.yaml --output json | jq .value > event.json\n  \
       segue failed show 4/17 --unmask --settings segue.yaml --output jsonl |\n    \
         segue test my-bundle --record -"
);
pub(super) const FAILED_RETRY: &str = ending!(
    "  segue failed retry --error schema --source billing --dry-run --settings segue.yaml\n  \
       segue failed retry --error schema --source billing --settings segue.yaml\n  \
       segue failed retry 4/17 --value event.json --settings segue.yaml\n  \
       segue failed retry --all --rate 50 --settings segue.yaml"
);

pub(super) const PLAN: &str = ending!(
    "  segue topics plan --settings segue.yaml\n  \
       segue topics plan --settings segue.yaml --output jsonl | jq -r 'select(.state != \"exists\").topic'"
);
pub(super) const APPLY: &str = ending!(
    "  segue topics apply --settings segue.yaml\n  \
       segue topics apply --settings segue.yaml --output json\n  \
       SEGUE__TOPICS__REPLICATION=3 segue topics apply --settings segue.yaml"
);
pub(super) const WHY: &str = ending!(
    "  segue why t-7b5808e3-091075333b5fc4ffcbafcb9bee52d0a8 --bundle my-bundle --events events.jsonl\n  \
       segue why --event billing/p-17 --bundle my-bundle --events events.jsonl\n  \
       segue why --event billing/p-17 --rule payment-trouble --bundle my-bundle --events events.jsonl\n  \
       segue why --bundle my-bundle --test 'a gold customer gets a call'\n  \
       segue why t-7b5808e3-091075333b5fc4ffcbafcb9bee52d0a8 --settings segue.yaml\n  \
       segue why --event billing/p-17 --url http://127.0.0.1:8080"
);
