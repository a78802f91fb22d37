// Posts events as the official SDK of CloudEvents makes them, and reads with it what the router writes.
// node sdk.mjs MODULE URL
const { CloudEvent, HTTP } = (await import(process.argv[2])).default;
const url = process.argv[3];

const event = (id, subject) =>
  new CloudEvent({
    id,
    source: "/billing",
    type: "payment.failed",
    subject,
    time: "2026-01-01T00:00:00.000Z",
    data: { customer: "ada", amount: 1.5 },
  });

async function post(headers, body) {
  const answer = await fetch(`${url}/events`, { method: "POST", headers, body });
  if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`);
}

const binary = HTTP.binary(event("binary", "plain"));
await post(binary.headers, binary.body);
const structured = HTTP.structured(event("structured", "Zoë € \"x\""));
await post(structured.headers, structured.body);
const batch = JSON.stringify([event("batch-1"), event("batch-2")]);
await post({ "content-type": "application/cloudevents-batch+json" }, batch);

async function read(path, least) {
  const all = [];
  let cursor = "";
  const until = Date.now() + 60_000;
  while (all.length < least) {
    if (Date.now() > until) throw new Error(`${path}: ${all.length} of ${least}`);
    const answer = await fetch(`${url}${path}?wait=5&after=${cursor}`);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    cursor = answer.headers.get("segue-cursor");
    const headers = { "content-type": answer.headers.get("content-type") };
    all.push(...HTTP.toEvent({ headers, body: await answer.text() }));
  }
  for (const one of all) one.validate();
  return all;
}

const tasks = await read("/tasks/crm", 4);
const statuses = await read("/status/billing", 8);
const causes = tasks.map((task) => task.data.cause.event).sort();
console.log(JSON.stringify({ causes, types: [...new Set(tasks.map((task) => task.type))], statuses: statuses.length }));
