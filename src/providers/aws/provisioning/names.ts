// What AWS calls things: an answer of it, or of the user, is taken for such a name only where it has its form.

/** "g5.xlarge", "u-6tb1.metal" */
export function isInstanceType(text: unknown): text is string {
  return typeof text === "string" && text.length <= 40 && /^[a-z0-9-]+\.[a-z0-9-]+$/.test(text);
}

/** "eu-central-1a", "us-west-2-lax-1a" */
export function isZone(text: unknown): text is string {
  return typeof text === "string" && text.length <= 40 && /^[a-z]{2,4}(-[a-z0-9]+)+$/.test(text);
}

/** "ami-0123456789abcdef0" */
export function isImageId(text: unknown): text is string {
  return typeof text === "string" && /^ami-[0-9a-f]{8,17}$/.test(text);
}

/** "i-0123456789abcdef0" */
export function isInstanceId(text: unknown): text is string {
  return typeof text === "string" && /^i-[0-9a-f]{8,17}$/.test(text);
}

/** "sg-0123456789abcdef0" */
export function isGroupId(text: unknown): text is string {
  return typeof text === "string" && /^sg-[0-9a-f]{8,17}$/.test(text);
}

/** "vpc-0123456789abcdef0" */
export function isVpcId(text: unknown): text is string {
  return typeof text === "string" && /^vpc-[0-9a-f]{8,17}$/.test(text);
}

/** "subnet-0123456789abcdef0" */
export function isSubnetId(text: unknown): text is string {
  return typeof text === "string" && /^subnet-[0-9a-f]{8,17}$/.test(text);
}
