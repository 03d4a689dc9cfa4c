import { create, planned, update } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";

const record = (more: object) => ({
	name: "mail.example.org",
	content: "192.0.2.1",
	ttl: 3600,
	comment: "a",
	...more,
});

export const nameResolvesElsewhere: ClassCases = {
	finds: {
		"a record gets another address": {
			planned: planned({
				resource_changes: [
					update("cloudflare_dns_record.a", record({}), record({ content: "192.0.2.2" })),
					update("cloudflare_dns_record.b", record({ ttl: 1 }), record({ ttl: 1, proxied: true })),
				],
			}),
			findings: [
				"caution: mail.example.org has another content; resolvers keep the old answer for up to 3600 s",
			],
		},
	},
	passes: {
		"a record gets another comment": planned({
			resource_changes: [update("cloudflare_dns_record.a", record({}), record({ comment: "b" }))],
		}),
		"a record is new": planned({ resource_changes: [create("cloudflare_dns_record.a", record({}))] }),
	},
};
