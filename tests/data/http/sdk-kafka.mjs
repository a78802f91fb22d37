// Reads records of Kafka with the official SDK of CloudEvents, and counts the valid events among them by their type.
// node sdk-kafka.mjs MODULE RECORDS
import { readFileSync } from "node:fs";

const { Kafka } = (await import(process.argv[2])).default;
const counts = {};
for (const message of JSON.parse(readFileSync(process.argv[3]))) {
  const event = Kafka.toEvent(message);
  event.validate();
  if (typeof event.data !== "object") throw new Error(`${event.id} has no data of its own`);
  counts[event.type] = (counts[event.type] ?? 0) + 1;
}
console.log(JSON.stringify(counts));
