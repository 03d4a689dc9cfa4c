import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../synth.ts";
import { infra } from "./infra-process.ts";

const owners = (args: string, env: NodeJS.ProcessEnv = {}) =>
	infra(["owners", ...args.split(" ")], { env: { CDKTF_OUTDIR: join(temporaryFolder(), "out"), ...env } });

function registry(content: unknown): NodeJS.ProcessEnv {
	const file = join(temporaryFolder(), "owners.json");
	writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
	return { INFRA_REGISTRY: file };
}

const people = {
	alice: {
		role: "namespace-owner",
		email: "a@example.com",
		namespaces: ["alice", "alice-dev"],
		domains: ["shop"],
	},
	bob: { role: "namespace-owner", email: "b@example.com", namespaces: ["bob"] },
	carol: { role: "power-user", email: "c@example.com" },
	dave: { role: "admin", email: "d@example.com" },
};

test("people are listed without any server, and without colours in a pipe", async () => {
	expect(await owners("list", registry(people))).toEqual({
		code: 0,
		stderr: "",
		stdout: `user   role             namespaces        domains  state
alice  namespace-owner  alice, alice-dev  shop     active
bob    namespace-owner  bob               -        active
carol  power-user       -                 -        active
dave   admin            -                 -        active
`,
	});
});

test("a sound registry is counted", async () => {
	expect((await owners("check", registry(people))).stdout).toBe(
		"no problems: 4 users, 3 namespaces, 1 domain\n",
	);
});

test("a file to check comes before the registry that the environment names", async () => {
	const { INFRA_REGISTRY: file } = registry({ alice: { role: "owner" } });
	const { code, stderr } = await owners(`check ${file}`, registry(people));
	expect([code, stderr]).toEqual([1, expect.stringContaining(`registry ${file}`)]);
});

test("a registry with problems stops a synthesis before anything is written, and names user and field", async () => {
	const env = registry({ alice: { role: "namespace-owner", email: "alice", namespaces: ["vault"] } });
	const check = await owners("check", env);
	expect(check).toMatchObject({ code: 1, stdout: "" });
	expect(check.stderr).toContain("alice.email\n    expected an address such as a@example.com");
	expect(check.stderr).toContain("alice.namespaces.0\n    vault is reserved");
	const { stderr, code } = await infra(["synth"], { env });
	expect({ stderr, code }).toEqual({ stderr: check.stderr, code: 1 });
});

test("a person is shown with limits and with what the stacks make for them", async () => {
	const { user, namespaces, creates } = JSON.parse((await owners("show bob --json")).stdout);
	expect(user).toMatchObject({ key: "bob", email: "b@example.com" });
	expect(namespaces).toMatchObject([{ name: "bob", quota: { pods: "3" } }]);
	expect(creates).toContainEqual({ stack: "vault", type: "kubernetes_namespace_v1", name: "bob" });
});

test("whoever is not there is not shown, and the likely name is", async () => {
	const { stderr, code } = await owners("show bobb");
	expect({ stderr, code }).toEqual({
		stderr: "error: no such user: bobb\n  help: did you mean bob?\n",
		code: 1,
	});
});

test("an added person is there, and adding again changes nothing", async () => {
	const env = registry({});
	const add = "add erin --email e@example.com --domain blog";
	expect((await owners(add, env)).stdout).toBe(`erin is in the registry: ${env.INFRA_REGISTRY}\n`);
	expect((await owners(add, env)).stdout).toBe(`nothing to change in ${env.INFRA_REGISTRY}\n`);
	expect((await owners("list --json", env)).stdout).toContain('"label": "blog"');
});

test("what nobody confirmed is not removed, and the message says how", async () => {
	const env = registry({
		bob: { role: "namespace-owner", email: "b@example.com", namespaces: ["bob"], disabled: true },
	});
	const refused = await owners("remove bob", env);
	expect(refused.code).toBe(1);
	expect(refused.stderr).toContain("help: when that is meant: --confirm-namespace bob");
	const removed = await owners("remove bob --confirm-namespace bob", env);
	expect(removed.stdout).toContain("secrets            secret/bob is kept");
	expect(removed.code).toBe(0);
});

test("whoever is disabled is told of what ends their rights, and what they derived from them", async () => {
	const { stdout, code } = await owners("disable alice", registry(people));
	expect(code).toBe(0);
	expect(stdout).toContain("infra deploy vault platform woodpecker\n  infra owners revoke alice\n");
});

test.for<[args: string, message: string]>([
	["revoke alice --yes", "alice still has alice, alice-dev\n  help: infra owners disable alice"],
	["revoke alice --namespace alice-dev --yes", "alice still has alice-dev"],
	["revoke zed --yes", "no such owner: zed"],
])("%s stops before it asks the cluster", async ([args, message]) => {
	const { stderr, code } = await owners(args, registry(people));
	expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
});

test("a cluster that is out of reach stops a revocation, with what was asked", async () => {
	const env = registry({ ...people, alice: { ...people.alice, disabled: true } });
	const { stderr, code } = await owners("revoke alice --yes", env);
	expect([code, stderr]).toEqual([1, expect.stringContaining("kubectl get rolebindings -n alice -o json: ")]);
});

test("whoever hands a namespace over is told how to end what they made in it", async () => {
	const bob = { ...people.bob, namespaces: ["bob", "alice-dev"] };
	const { stdout } = await owners("change alice --namespace alice", registry({ ...people, bob }));
	expect(stdout).toContain("infra owners revoke alice --namespace alice-dev\n");
	expect((await owners("change bob --quota pods=5", registry(people))).stdout).not.toContain("revoke");
});
