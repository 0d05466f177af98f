{{ config(tags=['genesys']) }}
{{ rows_match_run_summary('raw_genesys', summary_path(var('genesys_tap_summary_path')), summary_path(var('target_summary_path'))) }}
