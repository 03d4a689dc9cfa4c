import { formatDuration } from "../../config/schema/duration.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import {
	type Backend,
	backendsOf,
	type CheckStep,
	type Condition,
	type HaproxyConfig,
	processConnections,
	type Resolvers,
	resolversOf,
	type Server,
	type StatusFrontend,
	statusConnections,
	type TcpFrontend,
} from "./model.ts";
import { haproxyProblems } from "./problems.ts";

/**
 * The text of `haproxy.cfg` (HAProxy configuration manual, 2.6 and later).
 *
 * @throws Error that lists everything HAProxy would refuse
 */
export function renderHaproxyCfg(config: HaproxyConfig): string {
	const problems = [...haproxyProblems(config)];
	if (problems.length > 0) throw new VisibleError(`haproxy: ${problems.join("; ")}`);
	return [
		section("global", [
			// Server state changes are logged, single connections are not.
			"log stdout format raw local0 notice",
			`maxconn ${processConnections(config)}`,
			`hard-stop-after ${formatDuration(config.hardStopAfter)}`,
			...(config.adminSocket === undefined
				? []
				: [`stats socket ${word(config.adminSocket)} level admin expose-fd listeners`]),
		]),
		section("defaults", [
			"mode tcp",
			"log global",
			`timeout connect ${formatDuration(config.timeouts.connect)}`,
			`timeout client ${formatDuration(config.timeouts.idle)}`,
			`timeout server ${formatDuration(config.timeouts.idle)}`,
			`timeout check ${formatDuration(config.timeouts.check)}`,
			...(config.redispatches === undefined ? [] : [`retries ${config.redispatches}`, "option redispatch 1"]),
		]),
		...resolversOf(config).map(resolversSection),
		...config.frontends.map((frontend) => frontendSection(frontend, config.maxConnections)),
		...(config.status === undefined ? [] : [statusSection(config.status)]),
		...backendsOf(config).map(backendSection),
	].join("\n");
}

function section(title: string, lines: readonly string[]): string {
	return [title, ...lines.map((line) => `    ${line}`), ""].join("\n");
}

function resolversSection({ name, nameserver, retries, resolve, retry, hold }: Resolvers): string {
	return section(`resolvers ${name}`, [
		`nameserver ${nameserver.name} ${nameserver.ip}:${nameserver.port}`,
		`resolve_retries ${retries}`,
		`timeout resolve ${formatDuration(resolve)}`,
		`timeout retry ${formatDuration(retry)}`,
		...Object.entries(hold).map(([outcome, time]) => `hold ${outcome} ${formatDuration(time)}`),
	]);
}

/** The port is what follows the last colon, in an IPv6 address as well (manual section 4.2, `bind`). */
function binds({ ips = ["*"], port }: { readonly ips?: readonly string[]; readonly port: number }): string[] {
	return ips.map((ip) => `bind ${ip}:${port}`);
}

/** A conjunction in the language of ACLs; conditions side by side must all hold. */
function all(conditions: readonly Condition[]): string {
	const bound = (condition: Condition) =>
		"serversUp" in condition ? `ge ${condition.serversUp}` : `le ${condition.serversUpAtMost}`;
	return conditions.map((condition) => `{ nbsrv(${condition.backend.name}) ${bound(condition)} }`).join(" ");
}

function frontendSection(frontend: TcpFrontend, maxConnections: number): string {
	return section(`frontend ${frontend.name}`, [
		...binds(frontend),
		`maxconn ${maxConnections}`,
		...(frontend.idle === undefined ? [] : [`timeout client ${formatDuration(frontend.idle)}`]),
		...frontend.routes.map(({ backend, when }) =>
			when.length === 0 ? `default_backend ${backend.name}` : `use_backend ${backend.name} if ${all(when)}`,
		),
	]);
}

function statusSection(status: StatusFrontend): string {
	return section(`frontend ${status.name}`, [
		...binds(status),
		`maxconn ${statusConnections}`,
		"mode http",
		// One line each: HAProxy takes at most 64 words in a line.
		...status.ready.anyOf.map(
			(conditions) => `http-request return status 200 if { path ${status.ready.path} } ${all(conditions)}`,
		),
		`http-request return status 503 if { path ${status.ready.path} }`,
		`http-request return status 200 if { path ${status.livePath} }`,
		`http-request use-service prometheus-exporter if { path ${status.metricsPath} }`,
		"http-request return status 404",
	]);
}

function backendSection(backend: Backend): string {
	const { name, balance, checkScript, closeSessionsWhenDown, idle, servers } = backend;
	return section(`backend ${name}`, [
		`balance ${balance ?? "roundrobin"}`,
		...(idle === undefined ? [] : [`timeout server ${formatDuration(idle)}`]),
		...(checkScript === undefined
			? []
			: [
					"option tcp-check",
					"tcp-check connect",
					...checkScript.map((step) => `tcp-check ${checkStep(step)}`),
				]),
		...(closeSessionsWhenDown ? ["default-server on-marked-down shutdown-sessions"] : []),
		...servers.map(serverLine),
	]);
}

function checkStep(step: CheckStep): string {
	if ("send" in step) return `send ${word(step.send)}`;
	const match =
		typeof step.expect === "string" ? `string ${word(step.expect)}` : `rstring ${word(step.expect.pattern)}`;
	return `expect min-recv ${step.minLength} ${match}`;
}

function serverLine(server: Server): string {
	const { name, address, port, check } = server;
	return [
		`server ${name} ${"ip" in address ? address.ip : address.host}:${port}`,
		...(server.proxyProtocol === "v2" ? ["send-proxy-v2"] : []),
		...(check === undefined
			? []
			: [
					"check",
					...(server.proxyProtocol === "v2" && server.check ? [`port ${server.check.port}`] : []),
					`inter ${formatDuration(check.interval)} fall ${check.fall} rise ${check.rise}`,
				]),
		// `none` lets HAProxy start while the name does not exist yet.
		...("host" in address ? [`resolvers ${address.resolvers.name} resolve-prefer ipv4 init-addr none`] : []),
	].join(" ");
}

const escapes: Readonly<Record<string, string>> = { "\r": "\\r", "\n": "\\n", "\t": "\\t" };

/** One argument of a directive: everything that the parser would interpret is escaped (manual section 2.2). */
function word(text: string): string {
	return text.replace(
		/[\\ #"'\p{Cc}]/gu,
		(character) =>
			escapes[character] ??
			(character < " " || character === "\x7f"
				? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`
				: `\\${character}`),
	);
}
