import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parse } from "yaml";
import { ended } from "../harness/ended.ts";

/** What Debian's package brings: the hub of the day that it was made. */
const hub = "/usr/share/crowdsec/hub";
const parsers = [
	"s00-raw/syslog-logs",
	"s01-parse/postfix-logs",
	"s01-parse/postscreen-logs",
	"s01-parse/dovecot-logs",
	"s02-enrich/dateparse-enrich",
];

/** A line in which CrowdSec found a client. */
export interface Sighting {
	/** As in the syslog line, such as `postfix/smtpd`. */
	readonly program: string;
	readonly address: string;
}

interface ParserDump {
	readonly [stage: string]: {
		readonly [parser: string]: readonly {
			readonly success: boolean;
			readonly evt: {
				readonly Parsed: { readonly program?: string };
				readonly Meta: { readonly source_ip?: string };
			};
		}[];
	};
}

/** Has CrowdSec read syslog lines once, with its own parsers. @param folder that is not there yet */
export async function readAsCrowdSec(folder: string, lines: string): Promise<Sighting[]> {
	const [config, data, dump] = ["config", "data", "dump"].map((name) => join(folder, name)) as [
		string,
		string,
		string,
	];
	for (const path of [config, data, dump]) mkdirSync(path, { recursive: true });
	for (const parser of parsers) {
		const [stage = "", name = ""] = parser.split("/");
		mkdirSync(join(config, "parsers", stage), { recursive: true });
		symlinkSync(
			join(hub, "parsers", stage, "crowdsecurity", `${name}.yaml`),
			join(config, "parsers", `${parser}.yaml`),
		);
	}
	symlinkSync("/etc/crowdsec/patterns", join(config, "patterns"));
	// Nothing is reported to CrowdSec: a local server takes the login.
	const server = createServer((_, response) =>
		response.end(JSON.stringify({ code: 200, expire: "2100-01-01T00:00:00Z", token: "a.dummy.token" })),
	).listen(0, "127.0.0.1");
	await once(server, "listening");
	const write = (name: string, value: unknown) => {
		const file = join(folder, name);
		// JSON is YAML as well.
		writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
		return file;
	};
	const settings = write("config.yaml", {
		common: { daemonize: false, log_media: "stdout", log_level: "info" },
		config_paths: {
			config_dir: config,
			data_dir: data,
			simulation_path: write("simulation.yaml", { simulation: false }),
			hub_dir: hub,
			index_path: join(hub, ".index.json"),
		},
		crowdsec_service: { parser_routines: 1 },
		cscli: { output: "human" },
		db_config: { type: "sqlite", db_path: join(data, "crowdsec.db") },
		prometheus: { enabled: false },
		api: {
			client: {
				credentials_path: write("credentials.yaml", {
					url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
					login: "dummy",
					password: "dummy",
				}),
			},
		},
	});
	const input = ["-dsn", `file://${write("mail.log", lines)}`, "-type", "syslog"];
	const child = spawn("crowdsec", ["-c", settings, ...input, "-no-api", "-dump-data", dump], {
		stdio: ["ignore", "pipe", "pipe"],
	});
	const { code, output, errors } = await ended(child);
	server.close();
	if (code !== 0) throw new Error(`crowdsec ends with ${code}:\n${output}${errors}`);
	const found: ParserDump = parse(readFileSync(join(dump, "parser-dump.yaml"), "utf8"));
	return Object.values(found["s02-enrich"] ?? {})
		.flat()
		.flatMap(({ evt: { Parsed, Meta } }) =>
			Parsed.program && Meta.source_ip ? [{ program: Parsed.program, address: Meta.source_ip }] : [],
		);
}
