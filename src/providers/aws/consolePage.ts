/** The page of an instance in AWS's own console: https://docs.aws.amazon.com/general/latest/gr/aws-general.html */
export function consolePage(region: string, instanceId: string): string {
  const place = encodeURIComponent(region);
  return `https://${place}.${hostOf(region)}/ec2/home?region=${place}#InstanceDetails:instanceId=${encodeURIComponent(instanceId)}`;
}

/** China and GovCloud are partitions of their own. */
function hostOf(region: string): string {
  if (region.startsWith("cn-")) return "console.amazonaws.cn";
  if (region.startsWith("us-gov-")) return "console.amazonaws-us-gov.com";
  return "console.aws.amazon.com";
}
