//! The interpreter of the `cel` crate, made to speak our language: durations with days and weeks, maps walked in the
//! order of their keys. What it gets wrong is put right where it is wrong, and nowhere else (`corrected`).

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr};
use cel::common::types::{
    self, CelBool, CelDouble, CelDuration, CelInt, CelList, CelMap, CelMapKey, CelString, CelTimestamp,
    CelUInt, Kind,
};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::parser::Parser;
use cel::{Context, Env, ExecutionError};
use segue_document::Writer;

use crate::convert::Held;
use crate::corrected;
use crate::exact;

const ORDERED: &str = "@ordered";
static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    let one = corrected::FUNCTIONS.iter().map(|function| (function, 1));
    for ((name, function), operands) in one.chain(exact::FUNCTIONS.iter().map(|function| (function, 2))) {
        let of = (0..operands).map(|_| types::DYN_TYPE).collect();
        env.add_overload(name, &format!("segue_{name}"), of, *function).unwrap();
    }
    env.add_overload(ORDERED, "segue_ordered", vec![types::DYN_TYPE], ordered).unwrap();
    Arc::new(env)
});

/// What stands where, by name.
#[derive(Default)]
pub(crate) struct Roots<'a>(pub(crate) BTreeMap<&'a str, Held<'a>>);

impl VariableResolver for Roots<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        self.0.get(name).map(|value| CowVal::Borrowed(&**value))
    }
}

/// What a source comes to: the name of its type and JSON text, or an error.
pub(crate) fn evaluate(source: &str, roots: &Roots<'_>) -> Result<(String, Option<String>), String> {
    let mut tree = parsed(source)?;
    prepare(&mut tree);
    of_tree(&tree, roots)
}

/// The same, of the interpreter as it is.
pub(crate) fn evaluate_uncorrected(
    source: &str,
    roots: &Roots<'_>,
) -> Result<(String, Option<String>), String> {
    of_tree(&parsed(source)?, roots)
}

fn parsed(source: &str) -> Result<IdedExpr, String> {
    Parser::default().enable_ident_escape_syntax(true).parse(source).map_err(|errors| errors.to_string())
}

fn of_tree(tree: &IdedExpr, roots: &Roots<'_>) -> Result<(String, Option<String>), String> {
    let mut context = Context::with_env(Arc::clone(&ENV));
    context.set_variable_resolver(roots);
    let value = cel::Value::resolve_val(tree, &context).map_err(|error| error.to_string())?;
    let mut writer = Writer::new();
    let json = write(&mut writer, value.as_ref()).map(|()| writer.finish());
    Ok((value.get_type().name().to_owned(), json))
}

/// The tree, and what an evaluation of it needs, for timing.
pub(crate) fn prepared(source: &str) -> IdedExpr {
    let mut tree = Parser::default().parse(source).unwrap();
    prepare(&mut tree);
    tree
}

pub(crate) fn truth(tree: &IdedExpr, roots: &Roots<'_>) -> Option<bool> {
    let mut context = Context::with_env(Arc::clone(&ENV));
    context.set_variable_resolver(roots);
    let value = cel::Value::resolve_val(tree, &context).ok()?;
    value.downcast_ref::<CelBool>().map(|truth| *truth.inner())
}

fn prepare(node: &mut IdedExpr) {
    match &mut node.expr {
        Expr::Call(call) => {
            corrected::replace(call);
            exact::replace(call);
            call.target.iter_mut().for_each(|target| prepare(target));
            call.args.iter_mut().for_each(prepare);
        }
        Expr::Comprehension(comprehension) => {
            let range = &mut comprehension.iter_range;
            prepare(range);
            let inner = std::mem::take(range);
            range.expr =
                Expr::Call(CallExpr { func_name: ORDERED.to_owned(), target: None, args: vec![inner] });
            prepare(&mut comprehension.accu_init);
            prepare(&mut comprehension.loop_cond);
            prepare(&mut comprehension.loop_step);
            prepare(&mut comprehension.result);
        }
        Expr::Select(select) => prepare(&mut select.operand),
        Expr::List(list) => list.elements.iter_mut().for_each(prepare),
        Expr::Map(map) => {
            for entry in &mut map.entries {
                if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                    prepare(&mut entry.key);
                    prepare(&mut entry.value);
                }
            }
        }
        Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => {}
    }
}

fn ordered<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let argument = args.into_iter().next();
    let argument = argument.ok_or_else(|| ExecutionError::function_error("ordered", "no argument"))?;
    let Some(map) = argument.downcast_ref::<CelMap<'_>>() else { return Ok(argument) };
    let mut keys: Vec<CelMapKey<'v>> = map.keys().cloned().collect();
    keys.sort();
    let keys = keys.iter().map(|key| key.inner().clone_as_boxed()).collect::<Vec<Box<dyn Val + 'v>>>();
    Ok(CowVal::owned(CelList::from(keys)))
}

/// Writes a value as JSON; `None` for what JSON cannot say.
fn write(writer: &mut Writer, value: &dyn Val) -> Option<()> {
    if let Some(text) = value.downcast_ref::<CelString<'_>>() {
        let _ = writer.string(text.inner());
    } else if let Some(instant) = value.downcast_ref::<CelTimestamp>() {
        let text = instant.inner().to_utc().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        // Without the zeros at the end of a fraction, as everywhere in the router.
        let _ = match text.strip_suffix('Z').filter(|text| text.contains('.')) {
            Some(text) => writer.string(&format!("{}Z", text.trim_end_matches('0'))),
            None => writer.string(&text),
        };
    } else if let Some(duration) = value.downcast_ref::<CelDuration>() {
        let (seconds, nanos) = (duration.inner().num_seconds(), duration.inner().subsec_nanos());
        let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
        let fraction = format!("{:09}", nanos.unsigned_abs());
        let fraction = fraction.trim_end_matches('0');
        let dot = if fraction.is_empty() { "" } else { "." };
        let _ = writer.string(&format!("{sign}{}{dot}{fraction}s", seconds.unsigned_abs()));
    } else if let Some(truth) = value.downcast_ref::<CelBool>() {
        let _ = writer.bool(*truth.inner());
    } else if let Some(int) = value.downcast_ref::<CelInt>() {
        let _ = writer.integer(*int.inner());
    } else if let Some(uint) = value.downcast_ref::<CelUInt>() {
        let _ = writer.raw(&uint.inner().to_string());
    } else if let Some(double) = value.downcast_ref::<CelDouble>() {
        let _ = writer.double(Some(*double.inner()).filter(|double| double.is_finite())?);
    } else if value.get_type().kind() == Kind::NullType {
        let _ = writer.null();
    } else if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        let _ = writer.begin_array();
        for item in list.inner() {
            write(writer, item.as_ref())?;
        }
        let _ = writer.end_array();
    } else if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        let mut members: Vec<_> = map.inner().iter().collect();
        members.sort_by_key(|(key, _)| *key);
        let _ = writer.begin_object();
        for (key, member) in members {
            write(writer.key(&key_text(key)), member.as_ref())?;
        }
        let _ = writer.end_object();
    } else {
        return None;
    }
    Some(())
}

fn key_text(key: &CelMapKey<'_>) -> String {
    match key {
        CelMapKey::Bool(key) => key.inner().to_string(),
        CelMapKey::Int(key) => key.inner().to_string(),
        CelMapKey::UInt(key) => key.inner().to_string(),
        CelMapKey::String(key) => key.inner().to_owned(),
    }
}
