"""What facts mean: rules against facts, OWASP, CVSS, identity, indicators of compromise; pure."""
