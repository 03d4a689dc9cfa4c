/** Runs the stand-in. Arguments: its settings file and a loopback port. */
import { readFileSync } from "node:fs";
import { type DnsApiSettings, dnsApi } from "./server.ts";

const [file = "", port] = process.argv.slice(2);
dnsApi(JSON.parse(readFileSync(file, "utf8")) as DnsApiSettings).listen(Number(port), "127.0.0.1");
process.on("SIGTERM", () => process.exit());
