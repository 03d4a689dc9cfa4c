import type { Daemon } from "../harness/daemon.ts";
import { waitFor } from "../harness/wait-for.ts";
import type { MailPod } from "./mail-pod.ts";

const port = 9099;
/** Takes everything, and prints it with a blank line behind each report. */
const program = `require("node:http").createServer((request, response) => {
	let text = request.method + " " + request.url + "\\n";
	request.on("data", (bytes) => { text += bytes; });
	request.on("end", () => { process.stdout.write(text + "\\n"); response.end(); });
}).listen(${port}, "127.0.0.1")`;

/** A Pushgateway beside a pod, which keeps every report. */
export class Gateway {
	/** Environment of a pod that reports to it, and does so all the time. */
	static readonly env = { INFRA_PUSHGATEWAY: `http://127.0.0.1:${port}`, INFRA_QUEUE_SECONDS: "0.3" };
	readonly #daemon: Daemon;

	constructor(pod: MailPod) {
		this.#daemon = pod.host.start("gateway", process.execPath, ["-e", program]);
	}

	/** Reports of a job so far. */
	reports(job: string): string[] {
		const whole = this.#daemon.log.split("\n\n").slice(0, -1);
		return whole.filter((report) => report.startsWith(`PUT /metrics/job/${job}\n`));
	}

	/** The newest report of a job as numbers by name, once it satisfies a condition. */
	async told(
		job: string,
		what: string,
		holds: (metrics: Readonly<Record<string, number>>) => boolean,
	): Promise<Readonly<Record<string, number>>> {
		return await waitFor(
			what,
			() => {
				const lines = this.reports(job).at(-1)?.split("\n").slice(1) ?? [];
				const metrics = Object.fromEntries(
					lines.map((line) => [line.replace(/ [^ ]*$/, ""), Number(line.split(" ").at(-1))]),
				);
				return lines.length > 0 && holds(metrics) ? metrics : undefined;
			},
			{ within: 60_000 },
		);
	}
}
