import type { RegionWorld } from "../world/region.ts";
import type { Parameters } from "../wire/parameters.ts";
import type { XmlMembers } from "../wire/xml.ts";

/** A request to EC2, with the world that it sees. */
export interface Ec2Call {
  readonly action: string;
  readonly region: RegionWorld;
  readonly parameters: Parameters;
  /** How far lists of instances lag behind. */
  readonly staleByMs: number;
  /** A page that holds nothing, with a token for the next. */
  readonly emptyPage: boolean;
}

/** What a call answers: the members of `<…Response>`, the request id left out. */
export type Ec2Action = (call: Ec2Call) => XmlMembers;
