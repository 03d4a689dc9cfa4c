import { type Call, requests } from "../../attack.ts";

/** Refused, or a path that leads nowhere; never an answer. */
export const vault = requests(
	"OpenBao",
	(world, [method, at, body]) => world.atVault("alice", method, at, body),
	[400, 403, 404, 405],
);
export const get = (at: string): Call => ["GET", at];
export const list = (at: string): Call => ["LIST", at];
export const post = (at: string, body: object = {}): Call => ["POST", at, body];
export const get_ = get("secret/data/alice/shop");
