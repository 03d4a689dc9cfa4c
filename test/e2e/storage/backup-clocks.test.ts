import { describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { BackupHost } from "./backup-host.ts";

needs("root", "rsync", "sqlite3");

const volume = "vm-9999-pvc-a";
const points = (lab: BackupHost) => lab.list("disk/points").filter((name) => !name.startsWith("."));

/** Times at which a clock or a calendar does what it mostly does not, and where. */
const moments: readonly (readonly [what: string, zone: string, at: string])[] = [
	["the last second of a leap day", "UTC", "2024-02-29T23:59:59Z"],
	["the last second of a year, within a week", "UTC", "2025-12-31T23:59:59Z"],
	["the hour that comes twice", "Europe/Berlin", "2025-10-26T00:30:00Z"],
	["the second before an hour that is missing", "Europe/Berlin", "2025-03-30T00:59:59Z"],
	["a midnight that is missing", "Africa/Cairo", "2025-04-24T21:59:59Z"],
	["a day that is tomorrow's elsewhere", "Pacific/Kiritimati", "2025-05-01T09:59:59Z"],
];

describe.for(moments)("in %s (%s, %s)", ([, zone, at]) => {
	test("every program does its work, and what is made last is the newest", async () => {
		const lab = new BackupHost({ proveWithin: 1 });
		lab.zone = zone;
		lab.write("kubectl", 'cat "$LAB/claims"\n');
		lab.volume("a", "shop/web");
		const run = async (script: string) => {
			const { code, stderr } = await lab.run(script);
			const said = expect.not.stringMatching(/invalid|still to come/);
			expect({ script, code, stderr }).toEqual({ script, code: 0, stderr: said });
		};
		for (const [content, minutes] of [
			["1", 0],
			["333", 45],
			["4444", 75],
		] as const) {
			lab.stopClock(new Date(Date.parse(at) + minutes * 60_000));
			lab.write(`lvm/${volume}/file`, content);
			await run("snapshot.sh");
			await run("copy.sh");
			expect(lab.read(`disk/points/${points(lab).at(-1)}/volumes/shop/web/file`)).toBe(content);
			expect(lab.metrics("daily-backup")).toMatchObject({ backup_names_ahead: 0 });
		}
		await run("prove.sh");
	});
});
