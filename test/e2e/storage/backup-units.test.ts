import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeHostFiles } from "../../../cli/backup/write-host-files.ts";
import { loadSite } from "../../../config/load-site.ts";
import { backupFiles, neededCommands } from "../../../constructs/storage/backup/host-files.ts";
import { temporaryFolder } from "../../synth.ts";
import { needs } from "../harness/needs.ts";

needs("systemd-analyze");

const site = await loadSite("home");
const files = Object.entries(backupFiles(site, "host"));
const places = ["host", "offsite"] as const;
const unitsOf = (place: (typeof places)[number]) =>
	Object.entries(backupFiles(site, place)).filter(([path]) => path.startsWith("/etc/systemd/system/"));
const units = files.filter(([path]) => path.startsWith("/etc/systemd/system/"));

/** The files as they are copied to the host. */
async function folder(place: (typeof places)[number] = "host"): Promise<string> {
	const out = temporaryFolder();
	await writeHostFiles(site, out, place);
	return out;
}

test.for(places)("systemd accepts every unit of the %s without a word", async (place) => {
	const root = join(await folder(place), "root");
	// The root holds nothing of systemd itself: what units are ordered after must be there.
	for (const name of [
		"network-online",
		"timers",
		"multi-user",
		"sysinit",
		"basic",
		"shutdown",
		"time-set",
		"time-sync",
	])
		writeFileSync(join(root, "etc/systemd/system", `${name}.target`), "[Unit]\nDescription=stand-in\n");
	const names = unitsOf(place).map(([path]) => path.slice("/etc/systemd/system/".length));
	const { status, stdout, stderr } = spawnSync(
		"systemd-analyze",
		[`--root=${root}`, "--man=no", "verify", ...names],
		{
			encoding: "utf8",
		},
	);
	expect(stdout + stderr).toBe("");
	expect(status).toBe(0);
});

test("every time means what the site says", () => {
	const calendars = units.flatMap(([, { text }]) => text.match(/(?<=^OnCalendar=).*/gm) ?? []);
	expect(calendars).toHaveLength(4);
	const next = calendars.map((calendar) => {
		const output = execFileSync(
			"systemd-analyze",
			["calendar", "--base-time=2026-01-31 00:00:00", calendar],
			{
				encoding: "utf8",
			},
		);
		return /Next elapse: \w+ (\S+ \S+)/.exec(output)?.[1];
	});
	expect(next).toEqual([
		"2026-01-31 03:00:00",
		"2026-01-31 05:00:00",
		"2026-01-31 06:00:00",
		"2026-01-31 09:00:00",
	]);
});

test.for(units.filter(([path]) => path.endsWith(".service")))("%s is confined", async ([path]) => {
	const name = path.slice("/etc/systemd/system/".length);
	const output = spawnSync(
		"systemd-analyze",
		["security", "--offline=yes", `--root=${join(await folder(), "root")}`, "--no-pager", name],
		{ encoding: "utf8" },
	).stdout;
	const exposure = Number(/Overall exposure level for \S+: (\d+\.\d)/.exec(output)?.[1]);
	// systemd's own scale, from 0 to 10; a service without any setting has 9.6.
	expect(exposure).toBeLessThan(/daily|lvm|proof/.test(name) ? 7.5 : 5);
});

test("the programs are what systemd starts, and can be run", () => {
	for (const [, { text }] of units)
		for (const [, program = ""] of text.matchAll(/^ExecStart=(\S+)$/gm))
			expect(backupFiles(site, "host")[program]?.mode).toBe(0o755);
});

test("what was installed compares as equal, and a change of it does not", async () => {
	const out = await folder();
	const host = temporaryFolder();
	const check = () =>
		spawnSync(join(out, "install.sh"), ["--check"], {
			encoding: "utf8",
			env: { ...process.env, DESTDIR: host },
		});
	expect(check().status).toBe(1);
	execFileSync("cp", ["-a", `${out}/root/.`, host]);
	expect(check()).toMatchObject({ status: 0, stdout: "" });
	const copy = join(host, "usr/local/lib/infra-backup/copy.sh");
	writeFileSync(copy, `${readFileSync(copy, "utf8")}# by hand\n`);
	chmodSync(join(host, "etc/default/infra-backup"), 0o600);
	expect(check()).toMatchObject({
		status: 1,
		stdout:
			"/etc/default/infra-backup: mode is 600, expected 644\n/usr/local/lib/infra-backup/copy.sh: differs\n",
	});
});

test("installing puts everything in its place and starts it", async () => {
	const out = await folder();
	const host = temporaryFolder();
	const bin = temporaryFolder();
	for (const program of neededCommands.host)
		writeFileSync(join(bin, program), "#!/bin/sh\n", { mode: 0o755 });
	writeFileSync(join(bin, "systemctl"), '#!/bin/sh\necho "$@" >>"$DESTDIR/systemctl"\n', { mode: 0o755 });
	execFileSync(join(out, "install.sh"), { env: { PATH: `${bin}:${process.env.PATH}`, DESTDIR: host } });
	for (const [path, { text }] of files) expect(readFileSync(join(host, path), "utf8")).toBe(text);
	expect(readFileSync(join(host, "systemctl"), "utf8")).toContain(
		"enable --now -- daily-backup.timer lvm-pvc-snapshot.timer offsite-sync-backup.timer restore-proof.timer\n",
	);
});

test("a host that lacks a program is left as it is", async () => {
	const out = await folder();
	const host = temporaryFolder();
	const bin = temporaryFolder();
	const { status, stderr } = spawnSync("/bin/sh", [join(out, "install.sh")], {
		encoding: "utf8",
		env: { PATH: bin, DESTDIR: host },
	});
	expect(status).not.toBe(0);
	expect(stderr).not.toBe("");
	expect(existsSync(join(host, "etc"))).toBe(false);
});
