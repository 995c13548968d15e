from django.urls import path

from reports import dashboard, handing_out, production, team, views
from reports.jobs import views as jobs

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/now/", jobs.now, name="jobs-now"),
    path("team/", team.team, name="team"),
    path("people/<int:pk>/extract/", handing_out.extract, name="person-extract"),
    path("reports/", views.reports, name="reports"),
    path("reports/new/", views.new, name="report-new"),
    path("reports/schedules/", production.plan, name="report-schedules"),
    path("reports/schedules/<int:pk>/end/", production.end_plan, name="report-schedule-end"),
    path("reports/<int:pk>/", views.detail, name="report"),
    path("reports/<int:pk>/retry/", views.retry, name="report-retry"),
    path("reports/<int:pk>/cancel/", views.cancel, name="report-cancel"),
    path("reports/<int:pk>/bundle/", production.bundle, name="report-bundle"),
    path("reports/<int:pk>/bundle/new/", production.new_bundle, name="report-bundle-new"),
    path("reports/<int:pk>/bundle/cancel/", production.end_bundle, name="report-bundle-cancel"),
    path("reports/<int:pk>/bundle/download/", production.download_bundle, name="report-bundle-download"),
    path("reports/<int:pk>/download/", views.download, name="report-download"),
    path("reports/<int:pk>/download/<str:extension>/", views.download, name="report-file"),
]
