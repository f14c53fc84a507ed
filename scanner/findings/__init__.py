"""What facts mean: rules against facts, OWASP, CVSS, identity, signs of a break-in; pure."""
